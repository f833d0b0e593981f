/** A notice as the journal keeps it. It lies in the student's home: what is none is not told, and nothing else happens. */
import type { CellNote } from './notebook/merge-notebooks.ts';
import type { FileAction, Notice, RuleId } from './plan-types.ts';
import { isObject, isPath, listOf, parseDeclined } from './state.ts';

/** The notice in `value`, or undefined when it is none. */
export function parseNotice(value: unknown): Notice | undefined {
  if (!isObject(value) || !isPath(value['path']) || !isAction(value['action']) || !isRule(value['rule']))
    return undefined;
  const { path, action, rule, barred, copy, from, revived, notNotebook, code, name, detail } = value;
  const declined = listOf(value['declined'], parseDeclined);
  const cells = listOf(value['cells'], parseCellNote);
  return {
    path,
    action,
    rule,
    ...(isPath(barred) && { barred }),
    ...(isPath(copy) && { copy }),
    ...(isPath(from) && { from }),
    ...(declined && { declined }),
    ...(cells && { cells }),
    ...(revived === true && { revived }),
    ...(isNotNotebook(notNotebook) && { notNotebook }),
    ...(typeof code === 'string' && { code }),
    ...(typeof name === 'string' && { name }),
    ...(typeof detail === 'string' && { detail }),
  };
}

function parseCellNote(value: unknown): CellNote | undefined {
  if (!isObject(value)) return undefined;
  const { kind, cell, yours } = value;
  if (kind === 'order') return { kind };
  if (typeof cell !== 'string') return undefined;
  if (kind === 'returned') return { kind, cell };
  return kind === 'reset' && typeof yours === 'string' ? { kind, cell, yours } : undefined;
}

const actions = {
  added: true,
  updated: true,
  merged: true,
  kept: true,
  restored: true,
  removed: true,
  renamed: true,
  copied: true,
  skipped: true,
  held: true,
} as const satisfies Record<FileAction, true>;

const whys = {
  'too-large': true,
  damaged: true,
  'other-version': true,
  unsure: true,
} as const satisfies Record<NonNullable<Notice['notNotebook']>, true>;

function isAction(value: unknown): value is FileAction {
  return typeof value === 'string' && Object.hasOwn(actions, value);
}

function isNotNotebook(value: unknown): value is keyof typeof whys {
  return typeof value === 'string' && Object.hasOwn(whys, value);
}

function isRule(value: unknown): value is RuleId {
  return typeof value === 'string' && /^(?:1[0-5]|[1-9]|rename|pin)$/.test(value);
}
