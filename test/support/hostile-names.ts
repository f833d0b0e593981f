/**
 * Names that platforms let people type and programs fall for, made by rule: ways out of a folder (git's t1014), disguises
 * of `.git` and of our own folder (git's t7450), what Windows and macOS read otherwise, controls, text that runs backwards,
 * lengths, and twins that some file system takes for one.
 */

function* generated(): Generator<string> {
  yield* twins();
  yield* waysOut();
  yield* disguises();
  yield* windows();
  yield* characters();
  yield* lengths();
  yield* words();
}

const TARGETS = [
  '.bashrc',
  '.ssh/authorized_keys',
  '.git/config',
  '.git/hooks/post-checkout',
  'etc/passwd',
  '.f2git/state.json',
];
const WAYS = [
  ...[
    '../',
    '../../',
    '../../../../../../../',
    './',
    './../',
    'a/../../',
    'a/./../../',
    '/',
    '//',
    '//host/share/',
    '/./',
  ],
  ...[
    '..\\',
    '..\\..\\',
    '\\',
    '\\\\host\\share\\',
    '\\\\?\\C:\\',
    '\\\\.\\',
    'C:\\',
    'C:',
    'c:/',
    'C:..\\',
    'file:///',
    '~/',
    '~root/',
  ],
  ...[
    '%2e%2e/',
    '%2e%2e%2f',
    '..%2f',
    '..%5c',
    '%252e%252e%252f',
    '..%c0%af',
    '..;/',
    '.. /',
    '../ ',
    '. ./',
    '...//',
    '..../',
  ],
  ...[
    '．．／',
    '..∕',
    '..⁄',
    '\u2024\u2024/',
    '..\u2215',
    '.\u200b./',
    '..\u0000/',
    '..\n/',
    '${HOME}/',
    '$(pwd)/../',
    '`pwd`/',
  ],
];

function* waysOut(): Generator<string> {
  yield* [
    '.',
    '..',
    '...',
    '....',
    '',
    '/',
    '\\',
    './',
    '../',
    '..\\',
    ' .',
    '. ',
    '.. ',
    ' ..',
    '..\t',
    '.\u200b.',
    '。。',
    '‥',
    '…',
  ];
  for (const way of WAYS) for (const target of TARGETS) yield way + target;
  for (const target of TARGETS)
    yield* [target, target.replaceAll('/', '\\'), target.replaceAll('/', '%2f'), target.toUpperCase()];
}

/** Letters that HFS+ leaves out of names, and others that nobody sees. */
const UNSEEN = [
  '\u00ad',
  '\u034f',
  '\u061c',
  '\u200b',
  '\u200c',
  '\u200d',
  '\u200e',
  '\u202e',
  '\u2060',
  '\u2066',
  '\ufe0f',
  '\ufeff',
];
const TAILS = [
  '.',
  ' ',
  '. ',
  ' .',
  '...',
  '::$INDEX_ALLOCATION',
  ':$DATA',
  ':x',
  '::$DATA',
  '/',
  '/config',
  '\\config',
  '\t',
];
const RESERVED = ['.git', '.f2git', '.gitmodules', '.ipynb_checkpoints'];

function* disguises(): Generator<string> {
  for (const name of RESERVED) {
    yield* casesOf(name);
    for (const tail of TAILS) yield* [name + tail, name.toUpperCase() + tail];
    for (const letter of UNSEEN) {
      for (const at of [0, 1, 2, name.length]) yield name.slice(0, at) + letter + name.slice(at);
    }
    yield* [
      name.normalize('NFKD'),
      wide(name),
      name.replace('i', 'ı'),
      name.replace('i', 'İ'),
      name.replace('.', '．'),
      name.replace('.', '․'),
    ];
  }
  for (const short of ['git', 'gitmod', 'gi7eba', 'gi7eb9', 'GIT', 'f2git']) {
    for (let number = 1; number <= 9; number += 1) yield `${short}~${String(number)}`;
  }
  yield* [
    '.gitattributes',
    '.gitignore',
    '.mailmap',
    '.lfsconfig',
    '.~x.ipynb',
    '.~lock.x#',
    'x.invalid',
    '.nfs0000',
    '.DS_Store',
    'Thumbs.db',
    '__MACOSX',
    'desktop.ini',
  ];
}

function* casesOf(name: string): Generator<string> {
  yield* [name, name.toUpperCase()];
  for (let at = 0; at < name.length; at += 1) yield name.slice(0, at) + name.slice(at).toUpperCase();
}

function wide(name: string): string {
  return name.replace(/[a-z]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) + 0xfee0));
}

const DEVICES = ['CON', 'PRN', 'AUX', 'NUL', 'CLOCK$', 'CONIN$', 'COM1', 'COM9', 'COM¹', 'LPT1', 'LPT9', 'LPT²'];

function* windows(): Generator<string> {
  for (const device of DEVICES) {
    for (const tail of ['', '.txt', '.tar.gz', ' ', '.', ':', ' .txt'])
      yield* [device + tail, device.toLowerCase() + tail];
  }
  yield* [
    'LONGFI~1.TXT',
    'progra~1',
    'a.txt::$DATA',
    'a.txt:stream',
    'a:b',
    'a|b',
    'a<b>',
    'a"b',
    'a?b',
    'a*b',
    '*',
    '?',
    '*.*',
    'con.con',
  ];
}

/** Where something stands in a name that is otherwise harmless. */
const around = (text: string): readonly string[] => [
  `${text}a.txt`,
  `a${text}b.txt`,
  `a.txt${text}`,
  `a${text}.txt`,
  text,
];

function* characters(): Generator<string> {
  const controls = Array.from({ length: 0xa0 }, (_, code) => code).filter((code) => code < 0x20 || code >= 0x7f);
  for (const code of controls) yield* [`a${String.fromCharCode(code)}b.txt`, String.fromCharCode(code)];
  const odd = [
    ...[
      0x200b, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2060, 0x2066, 0x2067, 0x2068,
      0x2069,
    ],
    ...[
      0xa0, 0xad, 0x1680, 0x2000, 0x2007, 0x202f, 0x3000, 0xfeff, 0xfffc, 0xfffd, 0xfffe, 0xffff, 0x1fffe, 0xe000,
      0xe0001, 0x10ffff,
    ],
    ...[0x300, 0x489, 0x1f600, 0x1f1e9, 0x1f3fb, 0xe0067, 0x115f, 0x3164, 0xffa0],
  ];
  for (const code of odd) yield* around(String.fromCodePoint(code));
  yield* around('\ud800');
  yield* around('\udc00');
  for (const text of [
    ' ',
    '  ',
    '.',
    '..',
    '~',
    '#',
    '%',
    '%00',
    '%2f',
    '%zz',
    '&',
    '&amp;',
    '&#x2f;',
    '+',
    ';',
    ',',
    '=',
    '@',
    '!',
    '^',
    '`',
    "'",
    '"',
    '$',
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    '|',
    '<',
    '>',
    ':',
    '*',
    '?',
    '\\',
    '/',
  ])
    yield* around(text);
  yield* around('\u001b[31m');
  yield* around('\u001b]0;x\u0007');
  yield* around('Z\u0351\u036b\u0343\u036a\u0302'.repeat(5));
}

function* lengths(): Generator<string> {
  for (const letter of ['x', 'ü', '漢', '😀', 'e\u0301']) {
    const bytes = Buffer.byteLength(letter);
    for (const length of [200, 235, 239, 240, 241, 243, 244, 250, 254, 255, 256, 300, 1000, 4000]) {
      yield letter.repeat(Math.floor(length / bytes));
      yield `${letter.repeat(Math.floor((length - 6) / bytes))}.ipynb`;
    }
  }
  yield `${'.'.repeat(254)}x`;
  yield `a.${'b'.repeat(250)}`;
  yield Array.from({ length: 40 }, () => 'tief').join('/');
}

/** Names that are one name somewhere: by case, by composition, by what compatibility folds. */
function* twins(): Generator<string> {
  for (const letter of 'abcdefghijklmnopqrstuvwxyz')
    yield* [`zwilling-${letter}.txt`, `Zwilling-${letter}.txt`, `zwilling-${letter.toUpperCase()}.txt`];
  for (const [one, other] of [
    ...[
      ['ü', 'u\u0308'],
      ['Å', 'Å'],
      ['ß', 'ss'],
      ['ẞ', 'ß'],
      ['ﬁ', 'fi'],
      ['ſ', 's'],
      ['K', 'k'],
      ['İ', 'i\u0307'],
      ['ς', 'σ'],
      ['ǆ', 'ǅ'],
    ],
    ...[
      ['Ω', 'Ω'],
      ['é', 'É'],
      ['²', '2'],
      ['①', '1'],
      ['Ａ', 'A'],
      ['…', '...'],
      ['\u1e9b\u0323', '\u1e69'],
      ['ÿ', 'Ÿ'],
      ['µ', 'μ'],
      ['ﷺ', 'ﷺ '],
    ],
  ]) {
    yield* [`paar-${one ?? ''}.txt`, `paar-${other ?? ''}.txt`, one ?? '', other ?? ''];
  }
  yield* [
    'c.txt',
    'c (2).txt',
    'C.txt',
    'c (3).txt',
    'C (2).txt',
    'c .txt',
    'c.txt ',
    'c.txt.',
    'c.course.txt',
    'C.course.txt',
  ];
}

function* words(): Generator<string> {
  yield* [
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    'valueOf',
    '__defineGetter__',
    'null',
    'undefined',
    'NaN',
    'true',
    '0',
    '-1',
    '1e9',
  ];
  yield* [
    '-rf',
    '--help',
    '--',
    '-',
    '-o',
    '--upload-pack=touch x',
    '@',
    '@{-1}',
    'HEAD',
    'refs/heads/main',
    ':(top)',
    ':/',
    '!important',
    '#comment',
    '[section]',
  ];
  yield* [
    '.profile',
    '.bash_logout',
    '.ipython',
    '.jupyter',
    '.local',
    '.config',
    '.condarc',
    '.pythonstartup',
    '.Rprofile',
    '.vscode',
    '.env',
    '.netrc',
    '.npmrc',
  ];
  yield* [
    'numpy.py',
    'random.py',
    'sitecustomize.py',
    'conftest.py',
    '__init__.py',
    'setup.py',
    'Makefile',
    'desktop.ini',
    'autorun.inf',
    'a.lnk',
    'a.url',
  ];
  yield* [
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    "'; DROP TABLE files; --",
    '${jndi:ldap://x}',
    '{{7*7}}',
    '<![CDATA[x]]>',
    ']]>',
    '&lt;',
    '<!ENTITY x>',
    '%s%n',
    '\\u002e\\u002e',
  ];
  for (const tail of [
    '~',
    '.bak',
    '.orig',
    '.rej',
    '.lock',
    '.tmp',
    '.part',
    '.swp',
    '#',
    '.course',
    '.course.md',
    ' (2)',
    ' - Kopie',
    '.md',
    '.txt.md',
  ]) {
    for (const name of ['a', 'notiz.md', 'übung.ipynb', '.a', 'index', 'ref_1.sec']) yield name + tail;
  }
  for (const ending of 'exe com bat cmd vbs js jar ps1 sh py ipynb html svg pdf zip gz sec url lnk desktop invalid'.split(
    ' ',
  )) {
    yield* [
      `.${ending}`,
      `a.${ending}`,
      `A.${ending.toUpperCase()}`,
      `a.${ending}.`,
      `a.${ending} `,
      `a.${ending}.txt`,
      `\u202e${ending}.a`,
      `a.${ending}\u200b`,
    ];
  }
}

/** Over 2,000 names, none twice; twins stand next to each other. */
export const hostileNames: readonly string[] = [...new Set(generated())];
