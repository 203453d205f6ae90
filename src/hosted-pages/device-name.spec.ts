import { expect, it } from '@jest/globals';
import { deviceName } from './device-name.js';
import { chooseLanguage } from './strings.js';

it.each([
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Windows'],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
    'Safari on iPhone',
  ],
  [
    'Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile Safari/537.36 EdgA/138.0',
    'Edge on Android',
  ],
  ['curl/8.5.0', 'A browser on an unknown system'],
  ['<script>alert(1)</script>', 'A browser on an unknown system'],
])('%s', (userAgent, words) => {
  expect(deviceName(chooseLanguage('en'), userAgent)).toBe(words);
});
