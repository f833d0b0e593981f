/**
 * Pairs of edits that do not contradict each other: a merge should bring all the course did and change nothing the student
 * did. Each kind is something courses and students do every week.
 */

const copy = (cells) => cells.map((cell) => ({ ...cell, metadata: { ...cell.metadata } }));

/** The notebook every pair begins with: questions, answers and code that makes some output. */
function lesson(random) {
  const count = 6 + Math.floor(random() * 8);
  return Array.from({ length: count }, (_, index) => {
    const id = `cell-${index}`;
    if (index % 3 === 0)
      return { id, type: 'markdown', source: `## Part ${index}\n\nRead this carefully, then go on.` };
    if (index % 3 === 1)
      return { id, type: 'code', source: `values = [${index}, 2, 3]\ntotal = sum(values)\nprint(total)` };
    return { id, type: 'code', source: `# your answer ${index}\n` };
  });
}

let words = 0;
const word = (by) => `${by}_${++words}`;

const insert = (cells, at, by) => {
  const name = word(by);
  cells.splice(at, 0, { id: name, type: 'code', source: `${name} = 1\nprint(${name})` });
};
const run = (cells) => {
  for (const [index, cell] of cells.entries()) {
    if (cell.type === 'code') Object.assign(cell, { printed: `${word('output')}\n`, count: index + 1 });
  }
};
const answer = (cells) => {
  for (const cell of cells) if (cell.source.startsWith('# your answer')) cell.source += `${word('student')} = 42\n`;
};
const anyOf = (random, cells, fits = () => true) => {
  const fitting = cells.filter(fits);
  return fitting[Math.floor(random() * fitting.length)];
};
const improve = (random, cells, type) => {
  const cell = anyOf(random, cells, (each) => each.type === type && !each.source.startsWith('# your answer'));
  cell.source = cell.source.replace('carefully', word('course')).replace('2, 3', `2, 3, ${++words}`);
};

/** `course` and `student` change the cells they are given; `file` says how each writes its file. */
export const kinds = [
  {
    name: 'student answers and runs, course improves a text',
    student: (cells) => (answer(cells), run(cells)),
    course: (cells, random) => improve(random, cells, 'markdown'),
  },
  {
    name: 'student answers and runs, course inserts a cell',
    student: (cells) => (answer(cells), run(cells)),
    course: (cells, random) => insert(cells, Math.floor(random() * (cells.length + 1)), 'course'),
  },
  {
    name: 'both append a cell',
    student: (cells) => insert(cells, cells.length, 'student'),
    course: (cells) => insert(cells, cells.length, 'course'),
  },
  {
    name: 'both insert two cells',
    student: (cells, random) => {
      for (let n = 0; n < 2; n++) insert(cells, Math.floor(random() * (cells.length + 1)), 'student');
    },
    course: (cells, random) => {
      for (let n = 0; n < 2; n++) insert(cells, Math.floor(random() * (cells.length + 1)), 'course');
    },
  },
  {
    name: 'student runs, course moves a cell',
    student: (cells) => run(cells),
    course: (cells, random) => cells.push(...cells.splice(Math.floor(random() * (cells.length - 1)), 1)),
    moves: true,
  },
  {
    name: 'student moves a cell, course improves one',
    student: (cells, random) => (cells.push(...cells.splice(Math.floor(random() * (cells.length - 1)), 1)), undefined),
    course: (cells, random) => improve(random, cells, 'code'),
  },
  {
    name: 'student only runs, course improves code',
    student: (cells) => run(cells),
    course: (cells, random) => improve(random, cells, 'code'),
  },
  {
    name: 'student deletes cells, course inserts one',
    student: (cells, random) => cells.splice(Math.floor(random() * (cells.length - 2)), 2),
    course: (cells, random) => insert(cells, Math.floor(random() * (cells.length + 1)), 'course'),
  },
  {
    name: 'student deletes the last cell, course appends one',
    student: (cells) => cells.pop(),
    course: (cells) => insert(cells, cells.length, 'course'),
  },
  {
    name: 'student runs, course tags a cell',
    student: (cells) => run(cells),
    course: (cells, random) => {
      anyOf(random, cells).metadata = { tags: [word('course')] };
    },
  },
  {
    name: 'student’s editor indents otherwise, course improves',
    student: (cells) => answer(cells),
    course: (cells, random) => improve(random, cells, 'code'),
    studentFile: { indent: 2, endsWithLineEnd: false },
  },
  {
    name: 'student’s Jupyter gives ids, course without ids inserts',
    student: (cells) => answer(cells),
    course: (cells) => insert(cells, 2, 'course'),
    courseFile: { minor: 4 },
  },
  {
    name: 'course gives every cell a new id and improves one',
    student: (cells) => (answer(cells), run(cells)),
    course: (cells, random) => {
      improve(random, cells, 'markdown');
      for (const cell of cells) cell.id = word('id').replace('_', '');
    },
  },
];

/** One pair: three files, and what must be in the result. */
export function pairOf(kind, random, notebook) {
  const base = lesson(random);
  const [course, student] = [copy(base), copy(base)];
  kind.course(course, random);
  kind.student(student, random);
  return {
    base: notebook(base, kind.courseFile),
    offered: notebook(course, kind.courseFile),
    local: notebook(student, kind.studentFile),
    wanted: textsOf(course).filter((text) => !textsOf(base).includes(text)),
    order: kind.moves ? course.map(({ source }) => source) : undefined,
    own: student
      .map(({ source, printed }) => ({ source, printed }))
      .filter(({ source, printed }) => {
        return printed !== undefined || !base.some((cell) => cell.source === source);
      }),
    improved: new Set(
      base.map(({ source }) => source).filter((source) => !course.some((cell) => cell.source === source)),
    ),
  };
}

/** What a person reads in a cell, and its tags. */
function textsOf(cells) {
  return cells.map(({ source, metadata }) => JSON.stringify([source, metadata?.tags ?? []]));
}

/** How many of the course's changes did not come, and how many of the student's cells are not as they were. */
export function judge(pair, text) {
  const cells = parsed(text);
  if (cells === undefined) return { lost: pair.wanted.length + (pair.order ? 1 : 0), changed: pair.own.length };
  const texts = textsOf(cells);
  const lost = pair.wanted.filter((wanted) => count(texts, wanted) !== 1).length;
  const isMoved = pair.order === undefined || JSON.stringify(pair.order) === JSON.stringify(cells.map((c) => c.source));
  const changed = pair.own.filter(({ source, printed }) => {
    // the output of a text that is not there any more is gone with it
    if (pair.improved.has(source)) return false;
    return !cells.some((cell) => cell.source === source && (printed === undefined || cell.printed === printed));
  }).length;
  return { lost: lost + (isMoved ? 0 : 1), changed };
}

function count(texts, text) {
  return texts.filter((each) => each === text).length;
}

function parsed(text) {
  try {
    return JSON.parse(text).cells.map(({ source, metadata, outputs }) => ({
      source: joined(source),
      metadata,
      printed: outputs?.[0] && joined(outputs[0].text),
    }));
  } catch {
    // no JSON: whatever was in it, Jupyter cannot show it
    return undefined;
  }
}

function joined(text) {
  return typeof text === 'string' ? text : text.join('');
}
