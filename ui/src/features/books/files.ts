// A file from the trader's machine, as the backend takes it.

/** The same bound as the backend's: a larger file is refused before it is read. */
export const FILE_BYTES_MAX = 256 * 1024 * 1024;

const CHUNK = 0x8000;

/** Bytes as base64, in pieces small enough for a call. */
export function base64(bytes: Uint8Array): string {
  let binary = '';
  for (let i = 0; i < bytes.length; i += CHUNK) binary += String.fromCharCode(...bytes.subarray(i, i + CHUNK));
  return btoa(binary);
}
