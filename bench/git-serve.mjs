/**
 * What a git client costs the server: clones and fetches without change by real git, from this server and from
 * `git http-backend` over the very same repository, in the same run, alone and many at once. Wall time of the clients, CPU of
 * the serving processes (their children included), and their memory at the highest. Usage:
 * node bench/git-serve.mjs [--files 2000] [--at-once 50] [--rounds 3]
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const configuration = `listen: 127.0.0.1:0
homes: ./homes/{user}
auth: none
courses:
  course: { source: ./course, freshness: 1h }
`;

if (process.argv[2] === '--http-backend') serveWithGit(process.argv[3]);
else await compare();

async function compare() {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const cli = join(root, 'dist/cli.js');
  if (!existsSync(cli)) spawnSync('node', [join(root, 'scripts/build.mjs')], { stdio: 'inherit' });
  const files = Number(option('--files') ?? 2000);
  const many = Number(option('--at-once') ?? 50);
  const rounds = Number(option('--rounds') ?? 3);
  const folder = mkdtempSync(join(tmpdir(), 'f2git-bench-serve-'));
  const servers = [];
  try {
    makeCourse(join(folder, 'course'), files);
    writeFileSync(join(folder, 'f2git.yaml'), configuration);
    servers.push(await start(folder, 'f2git', [cli, 'serve', '--json'], ({ url }) => url));
    const link = spawnSync(process.execPath, [cli, 'link', 'course', '--json'], { cwd: folder, encoding: 'utf8' });
    const { pathname } = new URL(JSON.parse(link.stdout).git);
    const ours = new URL(pathname, servers[0].url).href;
    await run(['ls-remote', '-q', ours]);
    // a server that has answered before is compared with one that starts anew each time: both as they are in use
    servers.push(
      await start(
        folder,
        'git http-backend',
        [fileURLToPath(import.meta.url), '--http-backend', join(folder, 'data/course')],
        ({ url }) => url,
      ),
    );
    const places = [
      { ...servers[0], address: ours },
      { ...servers[1], address: `${servers[1].url}all.git` },
    ];
    for (const count of new Set([1, many])) {
      await show(`clone, ${count} at once`, places, count, rounds, (address, target) => [
        'clone',
        '-q',
        '--bare',
        address,
        target,
      ]);
      await show(`clone --depth 1, ${count} at once`, places, count, rounds, (address, target) => [
        'clone',
        '-q',
        '--bare',
        '--depth',
        '1',
        address,
        target,
      ]);
    }
    for (const place of places)
      await run(['clone', '-q', '--mirror', place.address, join(folder, `mirror ${place.name}`)]);
    for (const count of new Set([1, many])) {
      await show(
        `asked for changes, none there, ${count} at once`,
        places,
        count,
        rounds,
        (_address, _target, place) => ['-C', join(folder, `mirror ${place.name}`), 'ls-remote', '-q'],
      );
    }
  } finally {
    for (const { child } of servers) child.kill();
    await Promise.all(servers.map(({ child }) => (child.exitCode === null ? once(child, 'exit') : undefined)));
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One line for each server, and the ratio of ours to git's. The rounds of both take turns; medians are shown. */
async function show(name, places, count, rounds, wordsFor) {
  const results = places.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, place] of places.entries()) results[index].push(await measure(place, count, wordsFor));
  }
  const [ours, theirs] = results.map((all) => ({
    wall: median(all.map(({ wall }) => wall)),
    cpu: median(all.map(({ cpu }) => cpu)),
    megabytes: Math.max(...all.map(({ megabytes }) => megabytes)),
  }));
  const line = ({ wall, cpu, megabytes }) =>
    `${wall.toFixed(2).padStart(7)} s  ${cpu.toFixed(2).padStart(6)} s CPU  ${megabytes.toFixed(0).padStart(5)} MB`;
  console.log(name);
  console.log(`  f2git             ${line(ours)}`);
  console.log(`  git http-backend  ${line(theirs)}`);
  console.log(
    `  ratio             ${(ours.wall / theirs.wall).toFixed(2).padStart(7)}    ${(ours.cpu / theirs.cpu).toFixed(2).padStart(6)}`,
  );
}

async function measure(place, count, wordsFor) {
  const targets = mkdtempSync(join(tmpdir(), 'f2git-bench-clones-'));
  const before = cpuOf(place.child.pid);
  const memory = watchMemory(place.child.pid);
  const start = performance.now();
  await Promise.all(
    Array.from({ length: count }, (_, index) => run(wordsFor(place.address, join(targets, String(index)), place))),
  );
  const wall = (performance.now() - start) / 1000;
  const megabytes = await memory.highest();
  const cpu = cpuOf(place.child.pid) - before;
  rmSync(targets, { recursive: true, force: true });
  return { wall, cpu, megabytes };
}

function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

async function run(words) {
  const child = spawn('git', ['-c', 'gc.auto=0', ...words], { stdio: ['ignore', 'ignore', 'inherit'] });
  const [status] = await once(child, 'exit');
  if (status !== 0) throw new Error(`git ${words.join(' ')} ended with ${status}`);
}

/** Seconds, of the process and of all its children that have ended (proc(5): utime, stime, cutime, cstime). */
function cpuOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
    .replace(/^.*\) /s, '')
    .split(' ');
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / 100;
}

/** The memory of a process and its descendants together, looked at fifty times a second. */
function watchMemory(pid) {
  let highest = 0;
  let isOn = true;
  const watching = (async () => {
    while (isOn) {
      highest = Math.max(highest, residentBelow(pid));
      await wait(20);
    }
  })();
  return {
    highest: async () => {
      isOn = false;
      await watching;
      return highest / 2 ** 20;
    },
  };
}

function residentBelow(root) {
  const parents = new Map();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = readIf(`/proc/${name}/stat`);
    if (stat !== undefined) parents.set(Number(name), Number(stat.replace(/^.*\) /s, '').split(' ')[1]));
  }
  const isBelow = (pid) => pid === root || (parents.has(pid) && parents.get(pid) > 1 && isBelow(parents.get(pid)));
  return [...parents.keys()].filter(isBelow).reduce((sum, pid) => sum + residentOf(pid), 0);
}

/** Shared pages of several processes count in each: the highest figure git can be charged with. */
function residentOf(pid) {
  return Number((readIf(`/proc/${pid}/statm`) ?? '0 0').split(' ')[1]) * 4096;
}

function readIf(path) {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    // it ended meanwhile
    return undefined;
  }
}

async function start(cwd, name, args, urlIn) {
  const child = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  for await (const chunk of child.stdout) {
    text += chunk;
    if (text.trimEnd().endsWith('}')) break;
  }
  return { child, name, url: urlIn(JSON.parse(text)) };
}

/** `count` files of 0 to 40 kB of text, some of them pictures nobody can compress. */
function makeCourse(folder, count) {
  for (let file = 0; file < count; file++) {
    const part = join(folder, `week${file % 40}`);
    mkdirSync(part, { recursive: true });
    const noise = createHash('sha512').update(String(file)).digest();
    const bytes =
      file % 20 === 0
        ? Buffer.concat(
            Array.from({ length: 1000 }, (_, at) => createHash('sha512').update(noise).update(String(at)).digest()),
          )
        : Buffer.from(`line of file ${file}\n`.repeat(1 + ((file * 7) % 2000)));
    writeFileSync(join(part, `file${file}.txt`), bytes);
  }
}

/** Git's own server behind a thin one, as a web server would start it. Prints where it listens. */
function serveWithGit(project) {
  const server = createServer((request, response) => {
    const { pathname, search } = new URL(request.url, 'http://localhost');
    const child = spawn('git', ['http-backend'], {
      env: {
        PATH: process.env.PATH,
        GIT_PROJECT_ROOT: project,
        GIT_HTTP_EXPORT_ALL: '1',
        PATH_INFO: decodeURIComponent(pathname),
        QUERY_STRING: search.slice(1),
        REQUEST_METHOD: request.method,
        CONTENT_TYPE: request.headers['content-type'] ?? '',
        HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
        REMOTE_ADDR: '127.0.0.1',
        GIT_CONFIG_COUNT: '1',
        GIT_CONFIG_KEY_0: 'safe.directory',
        GIT_CONFIG_VALUE_0: '*',
      },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    request.pipe(child.stdin);
    let head = Buffer.alloc(0);
    child.stdout.on('data', function onHead(chunk) {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      child.stdout.off('data', onHead);
      for (const line of head.toString('latin1', 0, end).split('\r\n')) {
        const [name, value] = line.split(/: (.*)/s);
        if (name === 'Status') response.statusCode = Number.parseInt(value);
        else response.setHeader(name, value);
      }
      response.write(head.subarray(end + 4));
      child.stdout.pipe(response);
    });
    child.on('close', () => response.end());
  });
  server.listen(0, '127.0.0.1', () => {
    console.log(JSON.stringify({ url: `http://127.0.0.1:${server.address().port}/` }));
  });
}

function option(name) {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
}
