const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

/**
 * Makes anything safe as HTML text and inside a quoted attribute. Nothing (`undefined`, `null`) becomes nothing.
 * Templates use it for every value; it does not make a value safe as a URL, a script or a style.
 */
export function escapeHtml(value: unknown): string {
  if (value === undefined || value === null) return '';
  return String(value).replace(/[&<>"'`]/g, (character) => entities[character]!);
}

/** Fills `{name}` with plain text, for places where no markup may be (titles, attributes, mail as text). */
export function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}
