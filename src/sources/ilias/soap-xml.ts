/**
 * The XML of ILIAS' SOAP interface (RPC, encoded, `urn:ilUserAdministration`). Envelopes are built by hand: the WSDL
 * names a wrong address in some releases. What a function gives is a document of its own, escaped inside one text.
 */
import { SaxesParser } from 'saxes';
import { F2gitError } from '../../errors.ts';

export interface SoapArgument {
  readonly name: string;
  /** `texts`: an empty list of texts. */
  readonly type: 'string' | 'int' | 'texts';
  readonly value: string;
}

export type SoapAnswer =
  { readonly kind: 'result'; readonly text: string } | { readonly kind: 'fault'; readonly text: string };

/** One element of a document. Text of mixed content is joined. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Element[];
  readonly text: string;
}

export function envelopeOf(method: string, parameters: readonly SoapArgument[]): string {
  const parts = parameters.map(({ name, type, value }) =>
    type === 'texts'
      ? `<${name} xsi:type="SOAP-ENC:Array" SOAP-ENC:arrayType="xsd:string[0]"></${name}>`
      : `<${name} xsi:type="xsd:${type}">${escapeText(value)}</${name}>`,
  );
  const encoding = 'http://schemas.xmlsoap.org/soap/encoding/';
  const namespaces = [
    ['SOAP-ENV', 'http://schemas.xmlsoap.org/soap/envelope/'],
    ['xsd', 'http://www.w3.org/2001/XMLSchema'],
    ['xsi', 'http://www.w3.org/2001/XMLSchema-instance'],
    ['ilu', 'urn:ilUserAdministration'],
    ['SOAP-ENC', encoding],
  ].map(([prefix, uri]) => ` xmlns:${prefix ?? ''}="${uri ?? ''}"`);
  return (
    `<?xml version="1.0" encoding="UTF-8"?>\n<SOAP-ENV:Envelope${namespaces.join('')}><SOAP-ENV:Body>` +
    `<ilu:${method} SOAP-ENV:encodingStyle="${encoding}">${parts.join('')}</ilu:${method}>` +
    '</SOAP-ENV:Body></SOAP-ENV:Envelope>'
  );
}

/** Reads an answer. @throws {F2gitError} `source-invalid` for anything that is no envelope with one of the two */
export function readEnvelope(xml: string): SoapAnswer {
  const envelope = parseXml(xml);
  const content = localName(envelope) === 'Envelope' ? childNamed(envelope, 'Body')?.children[0] : undefined;
  if (content === undefined) throw invalid('the answer is no SOAP envelope');
  if (localName(content) === 'Fault') return { kind: 'fault', text: childNamed(content, 'faultstring')?.text ?? '' };
  return { kind: 'result', text: content.children[0]?.text ?? '' };
}

/** Documents of ILIAS have ten: what goes on for ever must not fill the memory. */
const MAX_ELEMENT_DEPTH = 100;
/** Elements, attributes and entities. Each takes up to 200 bytes; a list has 70 of a file. */
const MOST_MARKS = 1_200_000;

/** Parses a document. Entities beyond XML's own are not known. @throws {F2gitError} `source-invalid`, `too-large` */
export function parseXml(xml: string): Element {
  if (marksIn(xml) > MOST_MARKS) {
    throw new F2gitError('too-large', { params: { detail: 'more than is held in memory at once' } });
  }
  const open: { name: string; attributes: Record<string, string>; children: Element[]; text: string }[] = [];
  let root: Element | undefined;
  const parser = new SaxesParser<{ readonly xmlns: false; readonly position: false }>({
    xmlns: false,
    position: false,
  });
  parser.on('error', (error) => {
    throw new F2gitError('source-invalid', { params: { detail: 'the answer is not well-formed XML' }, cause: error });
  });
  parser.on('opentag', ({ name, attributes }) => {
    const element = { name, attributes: { ...attributes }, children: [], text: '' };
    open.at(-1)?.children.push(element);
    root ??= element;
    open.push(element);
    if (open.length > MAX_ELEMENT_DEPTH) throw invalid('its elements lie too deep in each other');
  });
  const addText = (text: string): void => {
    const element = open.at(-1);
    if (element !== undefined) element.text += text;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', () => void open.pop());
  parser.write(xml).close();
  if (root === undefined) throw invalid('the answer is not well-formed XML');
  return root;
}

const [LESS, AMPERSAND, EQUALS] = ['<', '&', '='].map((mark) => mark.charCodeAt(0));

function marksIn(xml: string): number {
  let marks = 0;
  for (let at = 0; at < xml.length; at += 1) {
    const code = xml.charCodeAt(at);
    if (code === LESS || code === AMPERSAND || code === EQUALS) marks += 1;
  }
  return marks;
}

/** The first child of this name, whatever its prefix. */
export function childNamed(element: Element, name: string): Element | undefined {
  return element.children.find((child) => localName(child) === name);
}

function localName({ name }: Element): string {
  return name.replace(/^.*:/, '');
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function invalid(detail: string): F2gitError {
  return new F2gitError('source-invalid', { params: { detail } });
}
