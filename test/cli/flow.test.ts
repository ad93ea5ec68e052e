import { describe, expect, it } from 'vitest';
import { siplens } from '../support/command.js';

const SAMPLE = 'samples/tls-message.pcap';

describe('flow', () => {
  it('draws a ladder of handshake and messages', () => {
    const { status, stdout, stderr } = siplens([
      'flow',
      SAMPLE,
      '-k',
      'samples/keys/domain_key_example.net.pem',
    ]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const [heading = '', ...lines] = stdout.trimEnd().split('\n');
    expect(heading.trim().split(/\s+/)).toEqual(['127.0.0.1:55768', '127.0.0.1:5061']);
    // Frames and messages as the draft's §6 has them; the arrow's head shows who sent it.
    const steps = lines.map((line) => {
      const words = line
        .replace(/[│|─-]|\[[ES]\]|🔒|✎/gu, ' ')
        .trim()
        .split(/\s+/);
      return `${words[0]} ${/[▶>]/u.test(line) ? 'C>S' : 'S>C'} ${words
        .slice(2)
        .join(' ')
        .replace(/[▶◀<>]/gu, '')
        .trim()}`;
    });
    expect(steps).toEqual([
      '4 C>S ClientHello',
      '6 S>C ServerHello',
      '6 S>C Certificate',
      '6 S>C ServerHelloDone',
      '7 C>S ClientKeyExchange',
      '7 C>S ChangeCipherSpec',
      '7 C>S Finished',
      '8 S>C ChangeCipherSpec',
      '8 S>C Finished',
      '10 C>S MESSAGE',
      '11 S>C 200 OK',
    ]);
  });

  it('says why there is nothing to draw', () => {
    const { status, stdout, stderr } = siplens(['flow', 'samples/keys/../README.md', '--style', 'ssldump']);
    expect({ status, stdout }).toEqual({ status: 3, stdout: '' });
    expect(stderr).toContain('README.md');
  });

  it('numbers the connections of several files', () => {
    const { stdout } = siplens(['flow', SAMPLE, SAMPLE, '--style', 'ssldump']);
    expect(stdout.match(/^New TCP connection #\d/gm)).toEqual([
      'New TCP connection #1',
      'New TCP connection #2',
    ]);
    expect(stdout).toContain('\n2 1  0.0060 (0.0060)  C>SV3.1(49)  Handshake\n');
  });

  it('leaves out what the filter does', () => {
    const { status, stdout } = siplens(['flow', SAMPLE, '--style', 'ssldump', '-f', 'version == "TLS 1.2"']);
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
  });

  it('refuses a style that it has not', () => {
    expect(siplens(['flow', SAMPLE, '--style', 'curly'])).toMatchObject({ status: 2, stdout: '' });
  });
});
