/** Counts for operators in the Prometheus text format. Label values are fixed words, never names of people or files. */
type Labels = Readonly<Record<string, string>>;

export interface Metrics {
  /** Adds to a counter. */
  count(name: CounterName, labels?: Labels, by?: number): void;
  /** Adds an observation in seconds to a histogram. */
  observe(name: HistogramName, labels: Labels, seconds: number): void;
  /** The text of all; gauges are read at this moment. */
  render(): string;
}

/** What can be counted: its kind and what it means. */
const meanings = {
  f2git_requests_total: ['counter', 'Requests answered, by route and status class.'],
  f2git_runs_total: ['counter', 'Runs ended, by kind and outcome.'],
  f2git_run_seconds: ['histogram', 'Time from the click to the report.'],
  f2git_refreshes_total: [
    'counter',
    'Times a click, a program or the clock asked for a course, by how its source answered.',
  ],
} as const;

type NameOf<Kind extends 'counter' | 'histogram'> = {
  [Name in keyof typeof meanings]: (typeof meanings)[Name][0] extends Kind ? Name : never;
}[keyof typeof meanings];
type CounterName = NameOf<'counter'>;
type HistogramName = NameOf<'histogram'>;

const buckets = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** `gauges` are functions read when the text is made, by metric name and meaning. */
export function createMetrics(gauges: Readonly<Record<string, { meaning: string; read: () => number }>>): Metrics {
  const counters = new Map<string, Map<string, number>>();
  const add = (name: string, labels: Labels, by: number): void => {
    const series = counters.get(name) ?? new Map<string, number>();
    const key = renderLabels(labels);
    counters.set(name, series.set(key, (series.get(key) ?? 0) + by));
  };
  return {
    count: (name, labels = {}, by = 1) => add(name, labels, by),
    observe(name, labels, seconds) {
      for (const limit of buckets) add(`${name}_bucket`, { ...labels, le: String(limit) }, seconds <= limit ? 1 : 0);
      add(`${name}_bucket`, { ...labels, le: '+Inf' }, 1);
      add(`${name}_sum`, labels, seconds);
      add(`${name}_count`, labels, 1);
    },
    render() {
      const lines: string[] = [];
      for (const [name, [kind, meaning]] of Object.entries(meanings)) {
        lines.push(`# HELP ${name} ${meaning}`, `# TYPE ${name} ${kind}`);
        const parts = kind === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
        for (const part of parts) lines.push(...renderSeries(part, counters.get(part)));
      }
      for (const [name, gauge] of Object.entries(gauges)) {
        lines.push(`# HELP ${name} ${gauge.meaning}`, `# TYPE ${name} gauge`, `${name} ${gauge.read()}`);
      }
      return `${lines.join('\n')}\n`;
    },
  };
}

function renderSeries(name: string, series: ReadonlyMap<string, number> | undefined): readonly string[] {
  return [...(series ?? [])].map(([labels, value]) => `${name}${labels} ${value}`);
}

function renderLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value.replace(/["\\\n]/g, '_')}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}
