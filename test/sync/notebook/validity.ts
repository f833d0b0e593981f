/** What the schemas of nbformat 4.0 to 4.5 ask of a file, as far as a merge could get it wrong. */

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

const ALWAYS = ['cell_type', 'metadata', 'source'];
const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  code: ['execution_count', 'outputs'],
  markdown: ['attachments'],
  raw: ['attachments'],
};

/** What is wrong with a file; undefined when it is valid. */
export function problemOf(text: string): string | undefined {
  const file = JSON.parse(text) as Record<string, Json>;
  if (Object.keys(file).sort().join() !== 'cells,metadata,nbformat,nbformat_minor') return 'members';
  const { cells, nbformat, nbformat_minor: minor } = file;
  if (nbformat !== 4 || typeof minor !== 'number' || !Array.isArray(cells)) return 'version';
  const ids = cells.map((cell) => (cell as Record<string, Json>)['id']);
  if (minor >= 5 && new Set(ids).size < ids.length) return 'an id twice';
  return (cells as readonly Record<string, Json>[]).map((cell) => problemOfCell(cell, minor)).find(Boolean);
}

function problemOfCell(cell: Readonly<Record<string, Json>>, minor: number): string | undefined {
  const type = JSON.stringify(cell['cell_type']).replaceAll('"', '');
  const ids = minor >= 5 ? ['id'] : [];
  const allowed = [...ALWAYS, ...(MEMBERS[type] ?? []), ...ids];
  const needed = [...ALWAYS, ...(type === 'code' ? MEMBERS['code']! : []), ...ids];
  const extra = Object.keys(cell).find((key) => !allowed.includes(key));
  if (extra !== undefined) return `a ${type} cell with ${extra}`;
  const missing = needed.find((key) => !(key in cell));
  if (missing !== undefined) return `a ${type} cell without ${missing}`;
  return Object.entries(cell).find(([key, value]) => SHAPES[key]?.(value) === false)?.[0];
}

const SHAPES: Readonly<Record<string, (value: Json) => boolean>> = {
  id: (value) => typeof value === 'string' && /^[a-zA-Z0-9_-]{1,64}$/.test(value),
  source: (value) => typeof value === 'string' || (isList(value) && value.every((line) => typeof line === 'string')),
  metadata: isObject,
  attachments: isObject,
  outputs: isList,
  execution_count: (value) => value === null || typeof value === 'number',
};

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function isObject(value: Json): boolean {
  return typeof value === 'object' && value !== null && !isList(value);
}
