// The SDK names this global when it is loaded, and Node 20 has none. No connection is made with it.
if (!('WebSocket' in globalThis)) Object.assign(globalThis, { WebSocket: class WebSocket {} });

const { ClientStorage, MedplumClient, MemoryStorage } = await import('@medplum/core');

export type Sdk = InstanceType<typeof MedplumClient>;

/** The platform's SDK, unchanged, with nothing remembered from before. */
export function newSdk(baseUrl: string, options: ConstructorParameters<typeof MedplumClient>[0] = {}): Sdk {
  return new MedplumClient({
    baseUrl,
    storage: new ClientStorage(new MemoryStorage()),
    cacheTime: 0,
    ...options,
  });
}
