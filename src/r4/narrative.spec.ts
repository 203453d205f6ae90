import { describe, expect, it } from '@jest/globals';
import { narrativeIssues, narrativeProblem } from './narrative.js';

const ns = 'xmlns="http://www.w3.org/1999/xhtml"';

describe('narratives', () => {
  it.each([
    `<div ${ns}>Ada Quill &amp; family, born &lt; 1990</div>`,
    ` <div ${ns}><p class="a" style="color: red">One<br/>two <a href="https://example.org/?a=1&amp;b=2">three</a></p></div>\n`,
    `<div><table><tbody><tr><td colspan='2'>x</td></tr></tbody></table><div>in</div></div>`,
    `<div><img src="#photo" alt="her"/><img src="data:image/png;base64,AAAA" alt=""/><a href="Patient/1">x</a></div>`,
    '<div/>'.replace('/>', '></div>'),
  ])('%s', (div) => {
    expect(narrativeProblem(div)).toBeUndefined();
  });

  it.each([
    '<div><script>alert(1)</script></div>',
    '<div><SCRIPT>alert(1)</SCRIPT></div>',
    '<div><img src="x" onerror="alert(1)"/></div>',
    '<div onclick="x">a</div>',
    '<div><a href="javascript:alert(1)">x</a></div>',
    '<div><a href="JaVaScRiPt:alert(1)">x</a></div>',
    '<div><a href="java\tscript:alert(1)">x</a></div>',
    '<div><a href="java&#115;cript:alert(1)">x</a></div>',
    '<div><a href=" javascript:alert(1)">x</a></div>',
    '<div><img src="data:image/svg+xml;base64,AAAA"/></div>',
    '<div><a href="data:text/html,x">x</a></div>',
    '<div><iframe src="https://example.org"></iframe></div>',
    '<div><svg><animate/></svg></div>',
    '<div><form action="https://example.org"><input name="a"/></form></div>',
    '<div style="background: url(https://example.org/x)">a</div>',
    '<div style="background: u\\72l(https://example.org/x)">a</div>',
    '<div><style>a</style></div>',
    '<div><!-- a --></div>',
    '<!DOCTYPE html><div>a</div>',
    '<div><![CDATA[<script>]]></div>',
    '<div>a</div><div>b</div>',
    '<div>a</div>b',
    'a<div>b</div>',
    '<p>a</p>',
    '<div><p>a</div></p>',
    '<div>a',
    '<div>a < b</div>',
    '<div class=a>x</div>',
    '<div class="a"class="b" x>x</div>',
    '</div>',
    '',
    'text',
  ])('refused: %j', (div) => {
    expect(narrativeProblem(div)).toEqual(expect.any(String));
  });

  it('are read in a time that grows with their length', () => {
    for (const part of ['<div ', ' a="b"', "<b class='", '<b '.repeat(2), ' a = ', '&amp;'])
      expect(narrativeProblem(`<div>${part.repeat(100_000)}`)).toEqual(expect.any(String));
  });

  it('also those of contained resources', () => {
    const bad = { div: '<div><script/></div>' };
    expect(
      narrativeIssues({ text: bad, contained: [{}, { text: bad }, null] }).map(({ field }) => field),
    ).toEqual(['text.div', 'contained[1].text.div']);
    expect(narrativeIssues({ text: 5, contained: 5 })).toEqual([]);
  });
});
