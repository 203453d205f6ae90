/**
 * A P-256 signature as JWS wants it, r and s in 32 bytes each (RFC 7518 section 3.4), from the DER that signing answers.
 * Node can convert by itself (`dsaEncoding`), but its newer versions then take as long again as signing takes.
 */
export function joseSignature(der: Uint8Array): Buffer {
  const signature = Buffer.alloc(64);
  // SEQUENCE, its length in one byte, then twice INTEGER, length, value.
  let at = 2;
  for (const end of [32, 64]) {
    const length = der[at + 1]!;
    const value = der.subarray(at + 2, at + 2 + length);
    // DER puts a zero before a value whose first bit is set, and leaves leading zeros out.
    const digits = length > 32 ? value.subarray(length - 32) : value;
    signature.set(digits, end - digits.length);
    at += 2 + length;
  }
  return signature;
}
