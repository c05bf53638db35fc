/** Upper bounds of latency buckets, in seconds: from a cheap model's run to SageMaker's limit of a minute. */
const secondsBounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const rowsBounds = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];

/** A histogram's counts, by bucket and in all; only numbers, so that it can be sent and summed. */
interface Histogram {
  readonly counts: number[];
  sum: number;
  count: number;
}

/** The figures of a request. */
interface FinishedRequest {
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
}

/** A number that is read with the metrics; summed over processes. */
export interface Gauge {
  readonly name: string;
  readonly type: 'gauge' | 'counter';
  readonly help: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** All metrics of one process at one moment. Keys are label values. */
export interface MetricsSnapshot {
  readonly requests: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly durations: Readonly<Record<string, Histogram>>;
  readonly runSeconds: Readonly<Record<string, Histogram>>;
  readonly runRows: Readonly<Record<string, Histogram>>;
  readonly gauges: readonly Gauge[];
}

/** Counts requests and runs. */
export interface Metrics {
  readonly request: (request: FinishedRequest) => void;
  readonly run: (model: string, run: { readonly rows: number; readonly milliseconds: number }) => void;
  readonly batchCheck: (model: string, agrees: boolean) => void;
  readonly snapshot: (gauges: readonly Gauge[]) => MetricsSnapshot;
  /** Totals since the start: requests, answers of 500 and above, summed seconds, and batches that disagreed. */
  readonly totals: () => {
    readonly requests: number;
    readonly faults: number;
    readonly seconds: number;
    readonly batchDisagreements: number;
  };
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
  const batchChecks = new Map<string, { agreed: number; disagreed: number }>();
  let batchDisagreements = 0;
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
    batchCheck: (model, agrees) => {
      const counts = batchChecks.get(model) ?? { agreed: 0, disagreed: 0 };
      batchChecks.set(model, counts);
      counts[agrees ? 'agreed' : 'disagreed']++;
      if (!agrees) batchDisagreements++;
    },
    totals: () => ({ requests: total, faults, seconds: totalSeconds, batchDisagreements }),
    snapshot: (gauges) => ({
      requests: Object.fromEntries([...requests].map(([route, byStatus]) => [route, Object.fromEntries(byStatus)])),
      durations: Object.fromEntries(durations),
      runSeconds: Object.fromEntries(runSeconds),
      runRows: Object.fromEntries(runRows),
      gauges: [...gauges, ...batchCheckCounters(batchChecks)],
    }),
  };
}

function batchCheckCounters(checks: ReadonlyMap<string, { agreed: number; disagreed: number }>): Gauge[] {
  return [...checks].flatMap(([model, counts]) =>
    (['agreed', 'disagreed'] as const).map((result): Gauge => ({
      name: 'inference_batch_checks_total',
      type: 'counter',
      help: 'Batches that were run again row by row.',
      labels: { model, result },
      value: counts[result],
    })),
  );
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

/** Renders the sum of snapshots in Prometheus' text format 0.0.4. */
export function renderMetrics(snapshots: readonly MetricsSnapshot[]): string {
  const lines = ['# HELP http_requests_total Requests answered.', '# TYPE http_requests_total counter'];
  const requests = new Map<string, number>();
  for (const snapshot of snapshots) {
    for (const [route, byStatus] of Object.entries(snapshot.requests)) {
      for (const [status, count] of Object.entries(byStatus)) add(requests, renderLabels({ route, status }), count);
    }
  }
  for (const [labels, count] of requests) lines.push(`http_requests_total${labels} ${count}`);
  const histogram = (name: string, help: string, label: string, bounds: readonly number[], pick: Pick): void =>
    renderHistogram(lines, name, help, label, bounds, sumHistograms(snapshots.map(pick)));
  histogram(
    'http_request_duration_seconds',
    'Time from the whole body to the answer.',
    'route',
    secondsBounds,
    (s) => s.durations,
  );
  histogram(
    'inference_run_duration_seconds',
    'Time of one run of the model.',
    'model',
    secondsBounds,
    (s) => s.runSeconds,
  );
  histogram('inference_run_rows', 'Rows that shared one run.', 'model', rowsBounds, (s) => s.runRows);
  renderGauges(lines, snapshots);
  return `${lines.join('\n')}\n`;
}

type Pick = (snapshot: MetricsSnapshot) => Readonly<Record<string, Histogram>>;

function sumHistograms(all: readonly Readonly<Record<string, Histogram>>[]): Map<string, Histogram> {
  const sums = new Map<string, Histogram>();
  for (const histograms of all) {
    for (const [key, { counts, sum, count }] of Object.entries(histograms)) {
      const total = sums.get(key) ?? { counts: counts.map(() => 0), sum: 0, count: 0 };
      sums.set(key, total);
      for (const [index, value] of counts.entries()) total.counts[index] = (total.counts[index] ?? 0) + value;
      total.sum += sum;
      total.count += count;
    }
  }
  return sums;
}

function renderHistogram(
  lines: string[],
  name: string,
  help: string,
  label: string,
  bounds: readonly number[],
  histograms: ReadonlyMap<string, Histogram>,
): void {
  lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} histogram`);
  for (const [key, { counts, sum, count }] of histograms) {
    let cumulative = 0;
    for (const [index, bound] of bounds.entries()) {
      cumulative += counts[index] ?? 0;
      lines.push(`${name}_bucket${renderLabels({ [label]: key, le: String(bound) })} ${cumulative}`);
    }
    const own = renderLabels({ [label]: key });
    lines.push(`${name}_bucket${renderLabels({ [label]: key, le: '+Inf' })} ${count}`);
    lines.push(`${name}_sum${own} ${sum}`, `${name}_count${own} ${count}`);
  }
}

function renderGauges(lines: string[], snapshots: readonly MetricsSnapshot[]): void {
  const gauges = new Map<string, { readonly gauge: Gauge; readonly values: Map<string, number> }>();
  for (const gauge of snapshots.flatMap((snapshot) => snapshot.gauges)) {
    const family = gauges.get(gauge.name) ?? { gauge, values: new Map<string, number>() };
    gauges.set(gauge.name, family);
    add(family.values, renderLabels(gauge.labels ?? {}), gauge.value);
  }
  for (const [name, { gauge, values }] of gauges) {
    lines.push(`# HELP ${name} ${gauge.help}`, `# TYPE ${name} ${gauge.type}`);
    for (const [labels, value] of values) lines.push(`${name}${labels} ${value}`);
  }
}

function add(sums: Map<string, number>, key: string, value: number): void {
  sums.set(key, (sums.get(key) ?? 0) + value);
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
