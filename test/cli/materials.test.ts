import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { UsageError } from '../../src/cli/exit.js';
import { loadContext } from '../../src/cli/materials.js';
import { packContext, unpackContext } from '../../src/engine/worker-context.js';
import { readSmallFile } from '../../src/io/read-whole.js';
import { ROOT } from '../support/root.js';
import { owner } from '../x509/chains/case.js';
import { crlDer } from '../x509/chains/make-crl.js';

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

describe('revocation lists and policies', () => {
  const root = owner('root', 0);
  const list = crlDer({ issuer: root, revoked: [{ serial: 5 }] });
  const text = `-----BEGIN X509 CRL-----\n${Buffer.from(list).toString('base64')}\n-----END X509 CRL-----\n`;
  const lists = mkdtempSync(join(tmpdir(), 'siplens-crls-'));
  writeFileSync(join(lists, 'one.crl'), list);
  writeFileSync(join(lists, 'two.pem'), text + text);
  writeFileSync(join(lists, 'none.txt'), 'nothing');
  writeFileSync(join(lists, 'broken.crl'), list.subarray(0, 30));
  afterAll(() => rmSync(lists, { recursive: true }));

  it('are read as DER and PEM, and from a folder, which tells what it leaves out', async () => {
    const count = async (path: string): Promise<number> =>
      (await loadContext({ ...NONE, crl: [join(lists, path)] })).crls.size;
    expect([await count('one.crl'), await count('two.pem')]).toEqual([1, 2]);
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const { crls } = await loadContext({ ...NONE, crl: [lists] });
    const said = write.mock.calls.map(([line]) => line);
    write.mockRestore();
    expect(crls.size).toBe(3);
    expect(said).toEqual([
      expect.stringContaining('broken.crl: not a certificate revocation list:'),
      `siplens: ${join(lists, 'none.txt')}: no certificate revocation list is in it; left out\n`,
    ]);
  });

  it('are refused by name where they were asked for and are none', async () => {
    const path = join(lists, 'none.txt');
    await expect(loadContext({ ...NONE, crl: [path] })).rejects.toThrow(
      new UsageError(`--crl ${path}: no certificate revocation list is in it`),
    );
    await expect(loadContext({ ...NONE, policyOid: ['1.2.x'] })).rejects.toThrow('--policy-oid 1.2.x');
  });

  it('reach the context, and another thread, as they were given', async () => {
    const context = await loadContext({
      ...NONE,
      crl: [join(lists, 'one.crl')],
      policyOid: ['1.2.3'],
      explicitPolicy: true,
    });
    const policies = {
      acceptable: ['1.2.3'],
      requireExplicit: true,
      inhibitAny: false,
      inhibitMapping: false,
    };
    expect(context.policies).toEqual(policies);
    expect((await loadContext(NONE)).policies).toBeUndefined();
    const unpacked = unpackContext(packContext(context));
    expect(unpacked.policies).toEqual(policies);
    expect(unpacked.crls.size).toBe(1);
  });
});
