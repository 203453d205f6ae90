// Runs after failures too. What a killed run leaves behind is dropped by the next one.
export default async function tearDown() {
  const server = globalThis.carekeyTest;
  try {
    await server?.drop();
  } finally {
    await server?.close();
  }
}
