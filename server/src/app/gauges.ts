import type { AppContext } from './context.ts';
import type { Gauge } from '../telemetry/metrics.ts';

/** The current state of the process and its models as metrics. */
export function readGauges(context: AppContext): Gauge[] {
  const loaded = context.models.list().flatMap(({ model }) => (model === undefined ? [] : [model]));
  const cpu = process.cpuUsage();
  const memory = process.memoryUsage();
  return [
    {
      name: 'inference_ready',
      type: 'gauge',
      help: '1 while requests are served.',
      value: context.lifecycle.phase === 'ready' ? 1 : 0,
    },
    ...loaded.map(({ name, scheduler }): Gauge => ({
      name: 'inference_queue_jobs',
      type: 'gauge',
      help: 'Requests that wait for a run.',
      labels: { model: name },
      value: scheduler.load().queued,
    })),
    ...loaded.map(({ name, scheduler }): Gauge => ({
      name: 'inference_running',
      type: 'gauge',
      help: 'Runs in progress.',
      labels: { model: name },
      value: scheduler.load().running,
    })),
    ...loaded.map(({ name, report }): Gauge => ({
      name: 'inference_worker_threads',
      type: 'gauge',
      help: 'Worker threads of the model; 0 if it runs inline.',
      labels: { model: name },
      value: report().workerThreads,
    })),
    {
      name: 'process_cpu_seconds_total',
      type: 'counter',
      help: 'CPU time used.',
      value: (cpu.user + cpu.system) / 1e6,
    },
    { name: 'process_resident_memory_bytes', type: 'gauge', help: 'Resident memory.', value: memory.rss },
    { name: 'nodejs_heap_used_bytes', type: 'gauge', help: 'JavaScript heap in use.', value: memory.heapUsed },
  ];
}
