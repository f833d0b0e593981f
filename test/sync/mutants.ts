/** Mutants: the real code with one piece replaced, built and loaded as a module of its own. */
import { build } from 'esbuild';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export interface Mutation {
  /** Below `src/`. */
  readonly file: string;
  /** Must occur exactly once, so that a mutant cannot silently become the original. */
  readonly replace: string;
  readonly by: string;
}

const source = fileURLToPath(new URL('../../src/', import.meta.url));

/** Loads `entry` (below `src/`) with one mutation. @throws when the mutation does not fit the code any more */
export async function loadMutant(entry: string, mutation: Mutation): Promise<unknown> {
  const original = readFileSync(join(source, mutation.file), 'utf8');
  if (original.split(mutation.replace).length !== 2)
    throw new Error(`no single "${mutation.replace}" in ${mutation.file}`);
  const folder = mkdtempSync(join(tmpdir(), 'f2git-mutant-'));
  try {
    const outfile = join(folder, 'mutant.mjs');
    await build({
      entryPoints: [join(source, entry)],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      logLevel: 'silent',
      plugins: [
        {
          name: 'mutation',
          setup(builder) {
            builder.onLoad({ filter: /\.ts$/ }, ({ path }) => {
              if (path !== join(source, mutation.file)) return undefined;
              return { contents: original.replace(mutation.replace, () => mutation.by), loader: 'ts' };
            });
          },
        },
      ],
    });
    return await import(/* @vite-ignore */ pathToFileURL(outfile).href);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
