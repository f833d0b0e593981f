/** The form for user and password in a page of ILIAS: its fields are called otherwise in every other release. */

export interface LoginForm {
  /** Where it is sent, as a whole address. */
  readonly action: string;
  /** What is sent along with the two. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** The names of the two. */
  readonly user: string;
  readonly password: string;
}

/** Finds the form; undefined when the page, which came from `url`, has none. */
export function loginFormIn(html: string, url: string): LoginForm | undefined {
  for (const [, attributes = '', inside = ''] of html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/gi)) {
    const inputs = [...inside.matchAll(/<(?:input|button)\b([^>]*)>/gi)].map(([, text = '']) => inputOf(text));
    const at = inputs.findIndex(({ type }) => type === 'password');
    const user = inputs.slice(0, Math.max(0, at)).findLast(({ type }) => /^(text|email|)$/.test(type))?.name;
    const password = inputs[at]?.name;
    const action = attributeOf(attributes, 'action') ?? '';
    if (user === undefined || password === undefined || !URL.canParse(action, url)) continue;
    const submit = inputs.find(({ type, name }) => type === 'submit' && name !== '');
    const kept = inputs.filter((input) => input.name !== '' && (input.type === 'hidden' || input === submit));
    return {
      action: new URL(action, url).href,
      fields: kept.map(({ name, value }) => [name, value]),
      user,
      password,
    };
  }
  return undefined;
}

interface Input {
  readonly name: string;
  readonly type: string;
  readonly value: string;
}

function inputOf(attributes: string): Input {
  return {
    name: attributeOf(attributes, 'name') ?? '',
    type: (attributeOf(attributes, 'type') ?? '').toLowerCase(),
    value: attributeOf(attributes, 'value') ?? '',
  };
}

function attributeOf(attributes: string, name: string): string | undefined {
  const [, double, single] = new RegExp(`(?:^|\\s)${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`, 'i').exec(attributes) ?? [];
  const text = double ?? single;
  return text?.replaceAll('&quot;', '"').replaceAll('&#039;', "'").replaceAll('&amp;', '&');
}
