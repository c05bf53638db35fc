import type { AppContext } from './context.ts';
import type { Gauge } from './metrics.ts';

/** The current state of the process and its models as metrics. */
export function readGauges(context: AppContext): Gauge[] {
  const loaded = context.models.list().flatMap(({ model }) => (model === undefined ? [] : [model]));
  const cpu = process.cpuUsage();
  const memory = process.memoryUsage();
  return [
    {
      name: 'inference_ready',
      help: '1 while requests are served.',
      value: context.lifecycle.phase === 'ready' ? 1 : 0,
    },
    ...loaded.map(({ name, scheduler }) => ({
      name: 'inference_queue_jobs',
      help: 'Requests that wait for a run.',
      labels: { model: name },
      value: scheduler.load().queued,
    })),
    ...loaded.map(({ name, scheduler }) => ({
      name: 'inference_running',
      help: 'Runs under way.',
      labels: { model: name },
      value: scheduler.load().running,
    })),
    ...loaded.map(({ name, report }) => ({
      name: 'inference_worker_threads',
      help: 'Worker threads of the model; 0 where it runs inline.',
      labels: { model: name },
      value: report().workerThreads,
    })),
    { name: 'process_cpu_seconds_total', help: 'CPU time used.', value: (cpu.user + cpu.system) / 1e6 },
    { name: 'process_resident_memory_bytes', help: 'Resident memory.', value: memory.rss },
    { name: 'nodejs_heap_used_bytes', help: 'JavaScript heap in use.', value: memory.heapUsed },
    { name: 'process_uptime_seconds', help: 'Time since the process started.', value: process.uptime() },
  ];
}
