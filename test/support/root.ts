import { fileURLToPath } from 'node:url';

/** The folder of the repository, with a slash at its end. In a file of its own: what imports it starts no process. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
