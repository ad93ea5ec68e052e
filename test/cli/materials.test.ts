import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { UsageError } from '../../src/cli/exit.js';
import { loadContext } from '../../src/cli/materials.js';
import { readSmallFile } from '../../src/io/read-whole.js';
import { ROOT } from '../support/command.js';

const folder = mkdtempSync(join(tmpdir(), 'siplens-keys-'));
const pipe = join(folder, 'pipe.pem');
spawnSync('mkfifo', [pipe]);
cpSync(`${ROOT}samples/keys/domain_key_example.net.pem`, join(folder, 'server.pem'));
cpSync(`${ROOT}samples/certs/root_cert_fluffyCA.pem`, join(folder, 'ca.pem'));
afterAll(() => rmSync(folder, { recursive: true }));

const NONE = { key: [], keylog: [], psk: [], cert: [], ca: [], color: 'auto' } as const;

describe('a pipe among keys and certificates', () => {
  it('is left out of a folder, which is told: it might never be written to', async () => {
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const { keyring, certificates } = await loadContext({ ...NONE, key: [folder], cert: [folder] });
    const said = write.mock.calls.map(([text]) => text);
    write.mockRestore();
    expect(keyring.privateKeys).toHaveLength(1);
    expect(certificates).toBeDefined();
    expect(said).toEqual(Array(2).fill(`siplens: ${pipe}: this is a pipe or a device; left out\n`));
  });

  it('is refused where it would have to be looked at again and again, or would stop the screen', async () => {
    await expect(loadContext({ ...NONE, keylog: [pipe] }, 'live')).rejects.toThrow(
      new UsageError(`--keylog ${pipe}: this is a pipe or a device; only a file is read on as it grows`),
    );
    expect(readSmallFile(pipe, 100, false)).toEqual({
      ok: false,
      message: `${pipe}: this is a pipe or a device, which is not waited for here`,
    });
  });
});
