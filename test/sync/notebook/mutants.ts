/** Mistakes one could make in the notebook merge, and the law that must notice each. */
import type { Mutation } from '../mutants.ts';

export interface Mutant extends Mutation {
  readonly breaks: `N${number}`;
  readonly name: string;
}

export const mutants: readonly Mutant[] = [
  {
    breaks: 'N1',
    name: 'an id may be there twice',
    file: 'sync/notebook/ids.ts',
    replace: '|| taken.has(id)',
    by: '',
  },
  {
    breaks: 'N2',
    name: 'the course wins where both changed something',
    file: 'sync/notebook/merge-body.ts',
    replace: 'if (!isEdited(versions))',
    by: 'if (base !== undefined)',
  },
  {
    breaks: 'N3',
    name: 'a deleted cell stays away whatever the course made of it',
    file: 'sync/notebook/merge-cells.ts',
    replace: 'offered.body !== base.body || offered.isCourseOwned',
    by: 'offered === base',
  },
  {
    breaks: 'N4',
    name: 'an untouched file is merged like any other',
    file: 'sync/merge-notebook.ts',
    replace: 'isSame(base, local) || ',
    by: '',
  },
  {
    breaks: 'N5',
    name: 'the student’s values are written anew',
    file: 'sync/notebook/write.ts',
    replace: 'if (bytes === this.own) this',
    by: 'if (bytes === this.own && depth === 0) this',
  },
  {
    breaks: 'N6',
    name: 'what both added is there twice',
    file: 'sync/notebook/insertions.ts',
    replace: 'pair(telling(offered), telling(local), always);',
    by: '',
  },
  {
    breaks: 'N7',
    name: 'ids are made by chance',
    file: 'sync/notebook/read.ts',
    replace: "createHash('sha256').update(text)",
    by: "createHash('sha256').update(text + Math.random())",
  },
  {
    breaks: 'N8',
    name: 'an answer is a conflict even where the course changed nothing',
    file: 'sync/notebook/merge-body.ts',
    replace: 'if (base?.body === offered.body) return own;',
    by: '',
  },
  {
    breaks: 'N9',
    name: 'text that was code keeps its outputs',
    file: 'sync/notebook/merge-cell.ts',
    replace: "if (text.type === 'code')",
    by: "if (local.type === 'code')",
  },
  {
    breaks: 'N10',
    name: 'conflicts are marked in the cell',
    file: 'sync/notebook/merge-body.ts',
    replace: 'return { ...own, isDeclined: true };',
    by: "return { ...own, from: 'both', source: `<<<<<<<\\n${own.source}` };",
  },
  {
    breaks: 'N11',
    name: 'a cell’s metadata are the course’s',
    file: 'sync/notebook/merge-cell.ts',
    replace: 'return objectOf(local.metadata, fields);',
    by: 'return fields.size < 0 ? local.metadata : offered.metadata;',
  },
  {
    breaks: 'N12',
    name: 'a name may be there twice',
    file: 'sync/notebook/scan-json.ts',
    replace: 'isEscaped) !== true) throw NOT_JSON;',
    by: 'isEscaped) === undefined) throw NOT_JSON;',
  },
];
