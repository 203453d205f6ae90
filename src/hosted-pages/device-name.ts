import { fill } from '../kernel/escape.js';
import { deviceOf } from '../logins/device.js';
import { type Language } from './strings.js';

/** What a person may recognise a browser by, in words: "Firefox on Windows". */
export function deviceName({ strings }: Language, userAgent: string): string {
  const { browser, system } = deviceOf(userAgent);
  return fill(strings.devices.browserOn, {
    browser: browser ?? strings.devices.unknownBrowser,
    system: system ?? strings.devices.unknownSystem,
  });
}
