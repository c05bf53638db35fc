/** Upper bounds of latency buckets, in seconds: from a cheap model's run to SageMaker's limit of a minute. */
const secondsBounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const rowsBounds = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];

interface Histogram {
  readonly counts: number[];
  sum: number;
  count: number;
}

/** A request as the metrics see it. */
export interface FinishedRequest {
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
}

/** A number that is read when the metrics are. */
export interface Gauge {
  readonly name: string;
  readonly help: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Counts what the server does. */
export interface Metrics {
  readonly request: (request: FinishedRequest) => void;
  readonly run: (model: string, run: { readonly rows: number; readonly milliseconds: number }) => void;
  /** Prometheus text format 0.0.4. */
  readonly render: (gauges: readonly Gauge[]) => string;
  /** Totals since the start: requests, answers of 500 and above, and summed seconds. */
  readonly totals: () => { readonly requests: number; readonly faults: number; readonly seconds: number };
}

/** Makes empty metrics. */
export function createMetrics(): Metrics {
  const requests = new Map<string, Map<number, number>>();
  const durations = new Map<string, Histogram>();
  const runSeconds = new Map<string, Histogram>();
  const runRows = new Map<string, Histogram>();
  let total = 0;
  let faults = 0;
  let totalSeconds = 0;
  return {
    request: ({ route, status, seconds }) => {
      let byStatus = requests.get(route);
      if (byStatus === undefined) requests.set(route, (byStatus = new Map<number, number>()));
      byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
      observe(durations, route, secondsBounds, seconds);
      total++;
      totalSeconds += seconds;
      if (status >= 500) faults++;
    },
    run: (model, { rows, milliseconds }) => {
      observe(runSeconds, model, secondsBounds, milliseconds / 1000);
      observe(runRows, model, rowsBounds, rows);
    },
    totals: () => ({ requests: total, faults, seconds: totalSeconds }),
    render: (gauges) => {
      const lines = ['# HELP http_requests_total Requests answered.', '# TYPE http_requests_total counter'];
      for (const [route, byStatus] of requests) {
        for (const [status, count] of byStatus) {
          lines.push(`http_requests_total${renderLabels({ route, status: String(status) })} ${count}`);
        }
      }
      renderHistogram(
        lines,
        'http_request_duration_seconds',
        'Time from the whole body to the answer.',
        'route',
        durations,
        secondsBounds,
      );
      renderHistogram(
        lines,
        'inference_run_duration_seconds',
        'Time of one run of the model.',
        'model',
        runSeconds,
        secondsBounds,
      );
      renderHistogram(lines, 'inference_run_rows', 'Rows that shared one run.', 'model', runRows, rowsBounds);
      let last = '';
      for (const { name, help, labels, value } of gauges) {
        if (name !== last) lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} gauge`);
        lines.push(`${name}${renderLabels(labels ?? {})} ${value}`);
        last = name;
      }
      return `${lines.join('\n')}\n`;
    },
  };
}

function observe(histograms: Map<string, Histogram>, key: string, bounds: readonly number[], value: number): void {
  let histogram = histograms.get(key);
  if (histogram === undefined) {
    histogram = { counts: bounds.map(() => 0), sum: 0, count: 0 };
    histograms.set(key, histogram);
  }
  histogram.sum += value;
  histogram.count++;
  for (let index = 0; index < bounds.length; index++) {
    if (value > (bounds[index] ?? Infinity)) continue;
    histogram.counts[index] = (histogram.counts[index] ?? 0) + 1;
    break;
  }
}

function renderHistogram(
  lines: string[],
  name: string,
  help: string,
  label: string,
  histograms: ReadonlyMap<string, Histogram>,
  bounds: readonly number[],
): void {
  lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} histogram`);
  for (const [key, { counts, sum, count }] of histograms) {
    let cumulative = 0;
    for (const [index, bound] of bounds.entries()) {
      cumulative += counts[index] ?? 0;
      lines.push(`${name}_bucket${renderLabels({ [label]: key, le: String(bound) })} ${cumulative}`);
    }
    lines.push(`${name}_bucket${renderLabels({ [label]: key, le: '+Inf' })} ${count}`);
    lines.push(
      `${name}_sum${renderLabels({ [label]: key })} ${sum}`,
      `${name}_count${renderLabels({ [label]: key })} ${count}`,
    );
  }
}

function renderLabels(labels: Readonly<Record<string, string>>): string {
  const entries = Object.entries(labels);
  if (entries.length === 0) return '';
  const escaped = entries.map(([name, value]) => {
    const text = value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
    return `${name}="${text}"`;
  });
  return `{${escaped.join(',')}}`;
}
