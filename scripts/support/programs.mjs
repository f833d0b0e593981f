/** The real programs that tests talk to, and how Debian names their packages. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const programs = [
  { path: '/usr/sbin/apache2', packages: ['apache2'] },
  { path: '/usr/sbin/nginx', packages: ['nginx'] },
  { path: '/usr/lib/nginx/modules/ngx_http_dav_ext_module.so', packages: ['libnginx-mod-http-dav-ext'] },
  { path: '/usr/sbin/lighttpd', packages: ['lighttpd', 'lighttpd-mod-webdav'] },
  { path: '/usr/bin/rclone', packages: ['rclone'] },
  { path: '/usr/bin/git', packages: ['git'] },
  { path: '/usr/bin/chromium', packages: ['chromium'] },
  { path: '/usr/bin/gcc', packages: ['gcc', 'libc6-dev'] },
  { path: '/usr/bin/jupyterhub', packages: ['jupyterhub', 'jupyter-notebook', 'python3-jupyter-server'] },
  { path: '/usr/bin/systemd-analyze', packages: ['systemd'] },
  { path: '/usr/bin/python3', packages: ['python3', 'python3-venv'] },
];

/** Installs what is missing where this person may: as root on a Debian system. Elsewhere tests skip it by name. */
export function installPrograms() {
  const missing = programs.filter((program) => !existsSync(program.path)).flatMap((program) => program.packages);
  const mayInstall = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
  if (missing.length === 0 || !mayInstall) return;
  process.stderr.write(`Installing ${missing.join(', ')} …\n`);
  const quiet = { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  spawnSync('apt-get', ['update', '-qq'], quiet);
  spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], quiet);
}
