import { expect, it } from 'vitest';
import { base64 } from './files';

it('a file arrives byte for byte, whatever its size', () => {
  const bytes = Uint8Array.from({ length: 100_001 }, (_, i) => (i * 31) % 256);
  expect(Uint8Array.from(atob(base64(bytes)), (c) => c.charCodeAt(0))).toEqual(bytes);
});
