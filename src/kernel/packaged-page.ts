import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { FastifyReply } from 'fastify';
import { notFound } from './errors.js';

/** What a page of a package may do: its own files, its own styles and fonts, calls to this server (rulings 56). */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src data:; " +
  "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const types: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
};

/** A file by the name that the page calls it: of a package, as `package/path`, or our own text. */
export type PackagedFile = { readonly packaged: string } | { readonly text: string };

/** The page itself: what it loads, by address, and the element that the scripts fill. */
export function packagedHtml(page: {
  readonly title: string;
  readonly styles: readonly string[];
  readonly element: string;
  readonly scripts: readonly string[];
}): PackagedFile {
  const text = [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width">',
    `<title>${page.title}</title>`,
    ...page.styles.map((address) => `<link rel="stylesheet" href="${address}">`),
    '</head>',
    '<body>',
    `<div id="${page.element}"></div>`,
    ...page.scripts.map((address) => `<script src="${address}"></script>`),
    '</body>',
    '</html>',
    '',
  ].join('\n');
  return { text };
}

/** Sends one file of a page that is made of packages' own files. @throws AppError `not-found`, also when the package is not installed */
export async function sendPackaged(
  reply: FastifyReply,
  files: Readonly<Record<string, PackagedFile>>,
  name: string,
): Promise<void> {
  const file = Object.hasOwn(files, name) ? files[name] : undefined;
  if (!file) throw notFound();
  const body = 'text' in file ? file.text : await readPackaged(file.packaged);
  reply
    .headers({
      'content-type': types[name.slice(name.lastIndexOf('.') + 1)],
      'content-security-policy': policy,
      'x-content-type-options': 'nosniff',
    })
    .send(body);
}

async function readPackaged(path: string): Promise<Buffer> {
  const [name = '', ...rest] = path.split('/');
  try {
    const folder = dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
    return await readFile(join(folder, ...rest));
  } catch (cause) {
    throw notFound({ cause });
  }
}
