// What takes long to load is loaded after the first line is out.
console.log('Rehearsing the loop on this machine: loading …');

// The SDK's warning about Node 20 is for those who maintain this, not for those who rehearse.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
// onnxruntime reads it when it is loaded, and would write files of its own into the temporary folder.
process.env['ORT_DISABLE_TELEMETRY'] ??= '1';

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    interruption.abort(new Error(`interrupted by ${signal}`));
  });
}
const { runRehearsal } = await import('./rehearsal.ts');
await runRehearsal(interruption.signal);
