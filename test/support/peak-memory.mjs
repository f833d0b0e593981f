/** Loaded with `--import`: adds what this process took at most, in megabytes, to the file that `F2GIT_PEAKS` names. */
import { appendFileSync, readFileSync } from 'node:fs';

process.on('exit', () => {
  // resourceUsage().maxRSS begins with what the process had that started this one
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  appendFileSync(process.env.F2GIT_PEAKS, `${Math.ceil(Number(kilobytes) / 1024)}\n`);
});
