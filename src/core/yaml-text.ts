/** YAML that a person wrote: what it says, and every mistake with its line. */
import { type Document, isMap, isNode, isPair, LineCounter, parseDocument, type ParsedNode } from 'yaml';
import { F2gitError } from '../errors.ts';
import { allMistakes } from './mistakes.ts';
import { invalid, type KeyPath, readPath } from './written-key.ts';
import { yamlMistake } from './yaml-mistake.ts';

/**
 * What `read` makes of the values in `text`.
 * @throws {F2gitError} `config-invalid` where it is no YAML; what `read` throws, with the `line` of its `key`
 */
export function readYaml<Read>(text: string, read: (values: unknown) => Read): Read {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true });
  const syntax = document.errors[0];
  if (syntax !== undefined) {
    throw withLine(invalid([], yamlMistake(syntax.code)), lines.linePos(syntax.pos[0]).line);
  }
  try {
    return read(valuesOf(document));
  } catch (error) {
    if (!(error instanceof F2gitError)) throw error;
    throw withLines(error, (key) => lineOf(document.contents, readPath(key), lines));
  }
}

/** The parser finds out only here that a `*name` has no `&name` before it, or that they multiply without end. */
function valuesOf(document: Document): unknown {
  try {
    return document.toJS();
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    throw invalid([], yamlMistake(undefined));
  }
}

function withLines(error: F2gitError, lineOfKey: (key: string) => number | undefined): F2gitError {
  if (error.parts.length > 0) {
    const parts = error.parts.map((part) => withLines(part, lineOfKey));
    return allMistakes(parts.sort((a, b) => Number(a.params['line'] ?? 0) - Number(b.params['line'] ?? 0)));
  }
  const key = error.params['key'];
  return typeof key === 'string' ? withLine(error, lineOfKey(key)) : error;
}

function withLine(error: F2gitError, line: number | undefined): F2gitError {
  if (line === undefined) return error;
  return new F2gitError(error.code, { params: { ...error.params, line }, cause: error });
}

/** The line of the key, or of the nearest one above it that is in the file. */
function lineOf(root: ParsedNode | null, path: KeyPath, lines: LineCounter): number | undefined {
  let node: unknown = root;
  let offset = root?.range[0];
  for (const step of path) {
    const items: readonly unknown[] = isNode(node) && 'items' in node ? (node.items as readonly unknown[]) : [];
    const item = isMap(node) ? items.find((pair) => isPair(pair) && String(pair.key) === step) : items[Number(step)];
    if (item === undefined) break;
    const start: unknown = isPair(item) ? item.key : item;
    if (isNode(start) && start.range) offset = start.range[0];
    node = isPair(item) ? item.value : item;
  }
  return offset === undefined ? undefined : lines.linePos(offset).line;
}
