/** The licences of packages that are part of what is built: whoever gets their code gets these with it. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './setup.mjs';

/** `inputs` are the files that went into it, below the project's folder. */
export function licensesOf(inputs) {
  const folders = new Set(inputs.map(packageOf).filter((folder) => folder !== undefined));
  return [...folders]
    .sort()
    .map(licenseOf)
    .join(`\n${'-'.repeat(80)}\n\n`);
}

/** The folder of the package a file belongs to; undefined for a file of our own. */
function packageOf(path) {
  return /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0];
}

function licenseOf(folder) {
  const { name, version, license, author } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  const file = readdirSync(join(root, folder)).find((one) => /^(licen[cs]e|copying)/i.test(one));
  const text = file === undefined ? `by ${author?.name ?? author}` : readFileSync(join(root, folder, file), 'utf8');
  return `${name} ${version} (${license})\n\n${text.trim()}\n`;
}
