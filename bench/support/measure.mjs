/** Runs whole processes in turn and prints medians and ratios: what a person waits for, start-up included. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/**
 * The surroundings of what is measured. A list of further certificates makes every Node read them all when it starts
 * (40 ms for a distribution's); no measured command speaks TLS, and most computers of students set none.
 */
const environment = { ...process.env };
delete environment.NODE_EXTRA_CA_CERTS;

/** One run: wall and CPU seconds of a command and its children. Throws with its output when it fails. */
export function time(command, args, options = {}) {
  const script = 'TIMEFORMAT="%R %U %S"; time "$@" 2>&3 >&3';
  const { status, stderr, output } = spawnSync('bash', ['-c', script, 'bash', command, ...args], {
    env: environment,
    ...options,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    encoding: 'utf8',
  });
  const isExpected = status === 0 || options.mayExit?.includes(status);
  if (!isExpected) throw new Error(`${command} ${args.join(' ')} ended with ${status}:\n${output?.[3] ?? ''}${stderr}`);
  const [wall, user, system] = stderr.trim().split('\n').at(-1).split(' ').map(Number);
  return { wall, cpu: user + system };
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** Prints a row a tool: medians in milliseconds and the ratio to the tool named by `peer`. */
export function printTable(title, samples, peer) {
  process.stdout.write(`\n${title}\n`);
  const reference = samples[peer]?.map((sample) => sample.wall);
  for (const [tool, runs] of Object.entries(samples)) {
    const wall = median(runs.map((sample) => sample.wall));
    const cpu = median(runs.map((sample) => sample.cpu));
    // pairwise, because the machine's speed drifts during a long run
    const ratio = reference ? median(runs.map((sample, index) => sample.wall / reference[index])).toFixed(2) : '';
    const row = [tool.padEnd(22), ms(wall), `cpu ${ms(cpu)}`, ratio && `× ${ratio} of ${peer}`];
    process.stdout.write(`  ${row.join('  ')}\n`);
  }
}

function ms(seconds) {
  return `${(seconds * 1000).toFixed(0)} ms`.padStart(9);
}

/** Runs a program and gives its time and the peak of its resident memory. Linux only. */
export function peakOf(command, args) {
  const began = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  let kilobytes = 0;
  const look = () => {
    const path = `/proc/${child.pid}/status`;
    const status = existsSync(path) ? readFileSync(path, 'utf8') : '';
    kilobytes = Math.max(kilobytes, Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0));
  };
  const timer = setInterval(look, 20);
  return new Promise((resolve, reject) => {
    child.once('exit', (status) => {
      clearInterval(timer);
      if (status !== 0) reject(new Error(`${command} ended with ${status}`));
      else resolve({ seconds: (performance.now() - began) / 1000, megabytes: kilobytes / 1024 });
    });
  });
}
