import type { ErrorIssue } from '../kernel/errors.js';

const elements: ReadonlySet<string> = new Set(
  `a abbr acronym b big blockquote br caption cite code col colgroup dd dfn div dl dt em h1 h2 h3 h4 h5 h6 hr i img kbd
   li ol p pre q samp small span strong sub sup table tbody td tfoot th thead tr tt ul var`.split(/\s+/),
);
const attributes: ReadonlySet<string> = new Set(
  `abbr align alt axis border cellpadding cellspacing char charoff cite class colspan dir headers height href id lang
   longdesc name rowspan rules scope span src start style summary title type valign value width xml:lang xmlns`.split(
    /\s+/,
  ),
);
const addresses: readonly string[] = ['href', 'src', 'cite', 'longdesc'];

// One piece of the text: words between tags, or one tag with what stands in it. No piece can be read in two ways.
const piece = /[^<]+|<(\/?)([A-Za-z][A-Za-z0-9]*)((?:\s+[A-Za-z:-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/y;
const attribute = /([A-Za-z:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;

/**
 * What is wrong with the XHTML of a narrative (FHIR R4 narrative.html): it holds text and its formatting, and nothing that
 * runs, loads frames or sends forms in whoever shows it.
 * @returns `undefined` when nothing is.
 */
export function narrativeProblem(div: string): string | undefined {
  const open: string[] = [];
  piece.lastIndex = 0;
  while (piece.lastIndex < div.length) {
    const found = piece.exec(div);
    if (!found) return 'must be well-formed XHTML, without comments and declarations';
    const [, closes, name, given = '', empty] = found;
    if (name === undefined) {
      if (open.length === 0 && found[0].trim() !== '') return 'must be one div';
      continue;
    }
    if (!elements.has(name)) return `must not have the element "${name}"`;
    if (open.length === 0 && (name !== 'div' || found.index > div.search(/\S/))) return 'must be one div';
    if (closes) {
      if (open.pop() !== name) return 'must be well-formed XHTML';
      if (open.length === 0) return div.slice(piece.lastIndex).trim() === '' ? undefined : 'must be one div';
    } else if (!empty) open.push(name);
    const wrong = attributeProblem(given);
    if (wrong) return wrong;
  }
  return 'must be well-formed XHTML, in one div';
}

function attributeProblem(given: string): string | undefined {
  for (const [, name = '', one, other] of given.matchAll(attribute)) {
    const value = one ?? other ?? '';
    if (!attributes.has(name)) return `must not have the attribute "${name.slice(0, 40)}"`;
    if (addresses.includes(name) && !isAddress(value)) return `must not lead to that address in "${name}"`;
    if (name === 'style' && /[\\&]|url\s*\(|expression|@import|behavior|-moz-binding/i.test(value))
      return 'must not load anything by its style';
  }
  return undefined;
}

/** An address that no browser runs. Entities and control characters, which can hide a scheme, are none. */
function isAddress(value: string): boolean {
  if (/&(?!amp;)|[\p{Cc}\s]/u.test(value)) return false;
  const scheme = /^([^/?#]*?):/.exec(value)?.[1]?.toLowerCase();
  if (scheme === 'data') return /^data:image\/(?:png|jpeg|gif);base64,[A-Za-z0-9+/=]*$/i.test(value);
  return scheme === undefined || ['http', 'https', 'mailto', 'tel', 'urn'].includes(scheme);
}

/** The same for a resource and what it contains. */
export function narrativeIssues(resource: object): ErrorIssue[] {
  const { text, contained } = resource as { text?: unknown; contained?: unknown };
  const own = issueOf(text, 'text.div');
  const inner = Array.isArray(contained)
    ? contained.map((one: { text?: unknown } | null, at) => issueOf(one?.text, `contained[${at}].text.div`))
    : [];
  return [own, ...inner].filter((one) => one !== undefined);
}

function issueOf(text: unknown, field: string): ErrorIssue | undefined {
  const { div } = (text ?? {}) as { div?: unknown };
  const problem = typeof div === 'string' ? narrativeProblem(div) : undefined;
  return problem ? { code: 'invalid', sentence: `The narrative ${problem}`, field } : undefined;
}
