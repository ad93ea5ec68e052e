import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { faultRules } from '../../src/checks/fault-rules.js';
import { mistakeRules } from '../../src/checks/mistakes.js';
import { RULES } from '../../src/checks/table.js';
import { SEVERITIES } from '../../src/model/finding.js';
import { request } from '../checks/support.js';
import { siplens } from '../support/command.js';

/** `siplens check` through the built command. */

const SIGNED = 'samples/smime-signed.pcap';
const FLUFFY = ['--cert', 'samples/certs/user_cert_fluffy@example.com.pem'];
const folder = mkdtempSync(join(tmpdir(), 'siplens-check-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

type Found = { readonly rule: string; readonly severity: string };
const json = (...argv: readonly string[]): Found[] =>
  JSON.parse(siplens(['check', '--format', 'json', ...argv]).stdout);

describe('exit codes', () => {
  it('0 where nothing is asked for, 1 where a finding is as bad as --fail-on', () => {
    expect(siplens(['check', SIGNED, ...FLUFFY]).status).toBe(0);
    expect(siplens(['check', SIGNED, ...FLUFFY, '--fail-on', 'error']).status).toBe(0);
    for (const severity of ['warning', 'note', 'info']) {
      expect(siplens(['check', SIGNED, ...FLUFFY, '--fail-on', severity]).status).toBe(1);
    }
  });

  it('--ignore takes a rule out of what is told and of what fails', () => {
    const severe = [
      ...new Set(
        json(SIGNED, ...FLUFFY)
          .filter(({ severity }) => severity === 'warning')
          .map(({ rule }) => rule),
      ),
    ];
    expect(severe).toContain('smime/draft-certificate');
    const ignored = severe.flatMap((rule) => ['--ignore', rule]);
    const rest = json(SIGNED, ...FLUFFY, ...ignored);
    expect(rest.length).toBeGreaterThan(0);
    expect(rest.filter(({ rule }) => severe.includes(rule))).toEqual([]);
    expect(siplens(['check', SIGNED, ...FLUFFY, '--fail-on', 'warning', ...ignored]).status).toBe(0);
  });

  it('2 for a usage error', () => {
    for (const argv of [
      ['check'],
      ['check', SIGNED, '--fail-on', 'fatal'],
      ['check', SIGNED, '--ignore', 'smime/no-such-rule'],
      ['check', SIGNED, '--ignore', 'cms/no-such-fault'],
      ['check', SIGNED, '--format', 'html'],
      ['check', '--explain', 'smime/no-such-rule'],
      ['check', '--explain', 'cms/no-such-fault'],
    ]) {
      const { status, stdout, stderr } = siplens(argv);
      expect({ argv, status, stdout }).toEqual({ argv, status: 2, stdout: '' });
      expect(stderr).toMatch(/^siplens: /);
    }
  });

  it('3 where the input was cut off, 1 where a check failed too', () => {
    const whole = Buffer.from(request({ headers: ['Content-Type: text/plain'], body: 'x' }));
    const path = file('gone.pcap', Buffer.from('d4c3b2a1020004000000000000000000ffff000001000000ff', 'hex'));
    expect(siplens(['check', path]).status).toBe(3);
    const other = file('message.sip', whole.toString().replace('Content-Length: 1', 'Content-Length: -1'));
    expect(siplens(['check', path, other, '--fail-on', 'error']).status).toBe(1);
    expect(siplens(['check', join(folder, 'nowhere')]).status).toBe(3);
  });
});

describe('what is told', () => {
  it('text: worst first, with where and why', () => {
    const { stdout, stderr } = siplens(['check', SIGNED, ...FLUFFY]);
    const severities = stdout
      .split('\n')
      .slice(1)
      .map((line) => line.split(' ', 1)[0])
      .filter((word) => word !== '');
    const ranks = severities.map((word) => SEVERITIES.indexOf(word as (typeof SEVERITIES)[number]));
    expect(ranks).toEqual([...ranks].sort((a, b) => b - a));
    const line = stdout.split('\n').find((text) => text.includes('smime/draft-certificate'));
    expect(line).toMatch(/^warning /);
    for (const piece of [
      'frame 1 body.parts[1]',
      'draft-ietf-sipping-sec-flows-00 §3',
      'with its private key',
    ]) {
      expect(line).toContain(piece);
    }
    expect(stderr).toMatch(/^siplens: .*warnings?, .*notes?/m);
  });

  it('a whole message without fault gives nothing', () => {
    const clean = file('clean.sip', request({ headers: ['Content-Type: text/plain'], body: 'x' }));
    expect(siplens(['check', clean])).toMatchObject({
      status: 0,
      stdout: '',
      stderr: 'siplens: no findings\n',
    });
    expect(json(clean)).toEqual([]);
  });

  it('json: an array of findings with their places', () => {
    const found = json(SIGNED, ...FLUFFY);
    expect(found.find(({ rule }) => rule === 'smime/weak-digest')).toEqual({
      file: SIGNED,
      frame: 1,
      rule: 'smime/weak-digest',
      severity: 'note',
      summary: 'the digest is sha1',
      reference: 'RFC 8551 §2.1',
      where: 'body.parts[1]',
    });
  });

  it('junit: well-formed, failures from the threshold on, hostile text escaped', () => {
    const hostile = file(
      'a&b"<c>.sip',
      request({ headers: ['Content-Type: \u0001"]]><&\u001b\ud83d'], body: 'x' }),
    );
    const { stdout } = siplens([
      'check',
      hostile,
      SIGNED,
      ...FLUFFY,
      '--format',
      'junit',
      '--fail-on',
      'warning',
    ]);
    const suites = parseXml(stdout);
    expect(suites.name).toBe('testsuites');
    expect(suites.children.map(({ attributes }) => attributes['name'])).toEqual([hostile, SIGNED]);
    for (const { attributes, children } of suites.children) {
      expect(Number(attributes['tests'])).toBe(children.length);
      const failed = children.filter((one) => one.children.some(({ name }) => name === 'failure'));
      expect(Number(attributes['failures'])).toBe(failed.length);
    }
    const names = suites.children[1]?.children.map(({ attributes }) => attributes['name']);
    expect(names).toContain('smime/draft-certificate frame 1 body.parts[1]');
  });

  it('--filter leaves messages out', () => {
    expect(json(SIGNED, '-f', 'is_request == false')).toEqual([]);
    expect(json(SIGNED, '-f', 'is_request == true').length).toBeGreaterThan(0);
  });

  it('syntax faults as those of RFC 4475, by the rule that they break', () => {
    const bad = Buffer.from(
      request({ headers: ['Content-Type: text/plain'], body: 'xy' })
        .toString()
        .replace('Content-Length: 2', 'Content-Length: 9999')
        .replace('CSeq: 1 MESSAGE', 'CSeq: 36893488147419103232 INVITE'),
    );
    const found = json(file('bad.sip', bad)).filter(({ severity }) => severity === 'error');
    expect(found).toContainEqual(
      expect.objectContaining({ rule: 'sip/content-length-exceeds', reference: 'RFC 3261 §18.3' }),
    );
    expect(found.filter(({ rule }) => rule.includes('cseq')).length).toBeGreaterThan(0);
  });
});

describe('the rules', () => {
  const rules = [...RULES, ...mistakeRules(), ...faultRules()];

  it('--list names every one once, with severity, reference and title', () => {
    const { status, stdout } = siplens(['check', '--list']);
    expect(status).toBe(0);
    const [, ...lines] = stdout.trimEnd().split('\n');
    const ids = lines.map((line) => line.split(/\s/, 1)[0]);
    expect(ids).toEqual([...new Set(ids)].sort());
    expect(new Set(ids)).toEqual(new Set(rules.map(({ id }) => id)));
    for (const folder of ['sip', 'smime', 'tls', 'mime', 'cms', 'tcp', 'ip']) {
      expect(ids.some((id) => id?.startsWith(`${folder}/`))).toBe(true);
    }
    expect(stdout).toMatch(/^cms\/trailing-bytes +warning +RFC 5652 §3 +Bytes follow the CMS structure$/m);
  });

  it('each has a reference that names a document, a title and an explanation', () => {
    for (const { id, reference, title, explanation } of rules) {
      expect(title, id).not.toBe('');
      expect(explanation.length, id).toBeGreaterThan(30);
      if (id === 'tcp/too-many-findings') continue;
      expect(reference, id).toMatch(/^(RFC \d+|draft-|X\.\d+|NIST |siplens limit$)/);
    }
  });

  it('--explain says what a rule is about', () => {
    for (const id of [
      'smime/base64-encoding',
      'cms/not-cms',
      'sip/content-length-exceeds',
      'tls/only-ssl3',
    ]) {
      const rule = rules.find((one) => one.id === id);
      const { status, stdout } = siplens(['check', '--explain', id]);
      expect(status).toBe(0);
      expect(stdout).toBe(
        `${id}: ${rule?.title}\nseverity ${rule?.severity}, ${rule?.reference}\n\n${rule?.explanation}\n`,
      );
    }
  });
});

type Element = {
  readonly name: string;
  readonly attributes: Record<string, string>;
  readonly children: Element[];
};

/** Reads XML strictly enough to tell whether it is well-formed (XML 1.0 §2.1); answers its root. */
function parseXml(text: string): Element {
  expect(text).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/);
  const root: Element = { name: '', attributes: {}, children: [] };
  const open: Element[] = [root];
  let rest = text.replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>/, '');
  expect(rest.length).toBeLessThan(text.length);
  const textOf = (raw: string): string => {
    expect(raw.replace(/&(?:#\d+|amp|lt|gt|quot|apos);/g, '')).not.toMatch(/[&<]/);
    return raw.replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
  };
  while (rest !== '') {
    const tag = /^<(\/?)([a-z-]+)((?:\s+[a-z]+="[^"<]*")*)\s*(\/?)>/.exec(rest);
    if (tag === null) {
      const content = /^[^<]+/.exec(rest);
      if (content === null) throw new Error(`no XML: ${rest.slice(0, 80)}`);
      textOf(content[0]);
      rest = rest.slice(content[0].length);
      continue;
    }
    const [whole, closing, name = '', attributes = '', alone] = tag;
    rest = rest.slice(whole.length);
    if (closing === '/') {
      expect(open.pop()?.name).toBe(name);
      continue;
    }
    const element: Element = { name, attributes: {}, children: [] };
    for (const match of attributes.matchAll(/([a-z]+)="([^"]*)"/g)) {
      expect(element.attributes).not.toHaveProperty(match[1] as string);
      element.attributes[match[1] as string] = textOf(match[2] as string);
    }
    open.at(-1)?.children.push(element);
    if (alone === '') open.push(element);
  }
  expect(open).toEqual([root]);
  expect(root.children).toHaveLength(1);
  return root.children[0] as Element;
}
