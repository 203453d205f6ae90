import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Eta } from 'eta';
import { escapeHtml, fill } from '../kernel/escape.js';
import { pageAssets } from './page-assets.js';
import { type Language, phrase, quietPhrase } from './strings.js';

/** Who a page speaks for: the project and app that ask, or Carekey itself. */
export interface PageBrand {
  readonly projectName?: string | undefined;
  readonly clientName?: string | undefined;
}

/** What every page has; the rest is its template's own. */
export interface PageFrame {
  readonly language: Language;
  /** The page's heading, for the browser's tab. */
  readonly title: string;
  readonly asking?: PageBrand;
  readonly scripts?: readonly string[];
  readonly wide?: boolean;
}

const folder = join(dirname(fileURLToPath(import.meta.url)), 'views');
const eta = new Eta({ escapeFunction: escapeHtml, autoEscape: true });
for (const file of readdirSync(folder)) {
  eta.loadTemplate(`@${basename(file, '.eta')}`, readFileSync(join(folder, file), 'utf8'));
}

/** Renders a page: the template `views/<name>.eta` inside the layout. Every value is escaped. */
export function renderView(name: string, frame: PageFrame, data: object = {}): string {
  const { language, title, asking = {}, scripts = [], wide = false } = frame;
  const t = language.strings;
  const problems = (data as { problems?: readonly unknown[] }).problems ?? [];
  const prefixed = problems.length > 0 ? fill(t.titleError, { title }) : title;
  return eta.render(`@${name}`, {
    ...data,
    problems,
    language,
    t,
    fill,
    phrase,
    quietPhrase,
    asking,
    scripts,
    wide,
    assets: { css: pageAssets.css.path, mark: pageAssets.mark.path },
    documentTitle: `${prefixed} · ${asking.projectName ?? t.product}`,
  });
}
