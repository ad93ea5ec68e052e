import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CaptureAnalyzer } from '../../src/analyzer/capture-analyzer.js';
import type { TlsConnectionEvent } from '../../src/analyzer/events.js';
import { createCaptureReader } from '../../src/capture/reader.js';
import { BUILT_IN_POLICIES } from '../../src/checks/policy/builtin.js';
import { parsePolicy } from '../../src/checks/policy/file.js';
import { PolicyRun } from '../../src/checks/policy/policy.js';
import { junitDocument } from '../../src/report/junit.js';
import { render } from '../../src/report/render.js';
import type { Styled } from '../../src/report/styled.js';
import { tlsDetailLines } from '../../src/report/tls/detail.js';
import { judgementLines } from '../../src/report/tls/policy.js';
import { ssldumpLines } from '../../src/report/tls/ssldump.js';
import { TlsTable } from '../../src/report/tls/table.js';
import { contextWith } from '../support/analyze.js';
import { mutate, seededRandom } from '../support/mutate.js';
import { ROOT } from '../support/root.js';

/** Damaged captures: everything that is said of a connection comes out, on one line each and safe on a terminal. */

function connectionsOf(bytes: Uint8Array): TlsConnectionEvent[] {
  const events: TlsConnectionEvent[] = [];
  const analyzer = new CaptureAnalyzer('test', contextWith('keys/domain_key_example.net.pem'), (event) => {
    if (event.type === 'tls_connection') events.push(event);
  });
  const reader = createCaptureReader('pcap', analyzer);
  reader.push(bytes);
  reader.end();
  analyzer.end();
  analyzer.finish();
  return events;
}

const policies = [...BUILT_IN_POLICIES.values()].flatMap((text) => {
  const parsed = parsePolicy(text, 'test');
  return parsed.ok ? [parsed.policy] : [];
});

describe('reports on damaged captures', () => {
  const sample = readFileSync(`${ROOT}samples/tls-message.pcap`);

  it('come out whole and printable', () => {
    const random = seededRandom('verdict');
    let connections = 0;
    for (let round = 0; round < 300; round++) {
      for (const event of connectionsOf(mutate(sample, random))) {
        connections++;
        const lines: Styled[] = [...ssldumpLines(event, 1), ...tlsDetailLines(event, { now: 1_700_000_000 })];
        const table = new TlsTable((line) => lines.push(line), {
          width: undefined,
          labelFiles: true,
        });
        table.add(event);
        table.end();
        const { tcpStream, connection, verdict } = event;
        const judgements = policies.map((policy) => ({
          policy: policy.name,
          event,
          results: new PolicyRun(policy).judge({ tcpStream, connection, verdict }),
        }));
        for (const judgement of judgements) {
          expect(judgement.results.length).toBeGreaterThan(0);
          lines.push(...judgementLines(judgement));
        }
        expect(
          lines
            .map((line) => render(line, 'nothing'))
            .filter((line) => /[\u0000-\u001f\u007f-\u009f]|\[object/.test(line)),
        ).toEqual([]);
        const document = junitDocument([{ policy: 'test', judgements }]);
        expect(document.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f]/);
      }
    }
    expect(connections).toBeGreaterThan(100);
  });
});
