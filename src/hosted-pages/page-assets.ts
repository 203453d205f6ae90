import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { digest } from '../kernel/secrets.js';

/** A file that pages use, with a name that changes with its content. */
export interface PageAsset {
  readonly path: string;
  readonly contentType: string;
  readonly bytes: Buffer;
  /** A strong validator (RFC 9110 section 8.8.3). */
  readonly etag: string;
}

const folder = join(dirname(fileURLToPath(import.meta.url)), 'assets');

function load(name: string, contentType: string): PageAsset {
  const bytes = readFileSync(join(folder, name));
  const mark = digest(bytes.toString('base64')).toString('hex').slice(0, 12);
  const [stem, ending] = name.split('.');
  return { path: `/assets/${stem}-${mark}.${ending}`, contentType, bytes, etag: `"${mark}"` };
}

/** Everything that pages load; nothing comes from anywhere else. */
export const pageAssets = {
  css: load('carekey.css', 'text/css; charset=utf-8'),
  mark: load('mark.svg', 'image/svg+xml'),
  signIn: load('sign-in.js', 'text/javascript; charset=utf-8'),
  devApp: load('dev-app.js', 'text/javascript; charset=utf-8'),
} satisfies Record<string, PageAsset>;

const byPath = new Map(Object.values(pageAssets).map((asset) => [asset.path, asset]));

/** The asset at a path. */
export function assetAt(path: string): PageAsset | undefined {
  return byPath.get(path);
}
