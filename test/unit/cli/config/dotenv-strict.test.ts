/** A .env says what stands in it, or is refused with file and line: never less than was written. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sandbox } from './sandbox.ts';

const EXCLUDE = 'backup_backup__exclude_patterns';

/** What a line, or several, make of a setting. */
const TAKEN: readonly (readonly [string, string | readonly string[]])[] = [
  [`${EXCLUDE}='#recycle'`, ['#recycle']],
  [`${EXCLUDE}="#recycle"`, ['#recycle']],
  [`${EXCLUDE}=\`#recycle\``, ['#recycle']],
  [`${EXCLUDE}='*.tmp, #recycle, a#b'`, ['*.tmp', '#recycle', 'a#b']],
  [`${EXCLUDE}="#recycle" # the NAS's bin`, ['#recycle']],
  [`${EXCLUDE}=*.tmp # comment`, ['*.tmp']],
  [`${EXCLUDE}=*.tmp ## comment`, ['*.tmp']],
  [`${EXCLUDE}=*.tmp #`, ['*.tmp']],
  [`\t export  ${EXCLUDE} = *.tmp \t`, ['*.tmp']],
  [`${EXCLUDE}: *.tmp`, ['*.tmp']],
  [`${EXCLUDE}='C:\\new,\\r'`, ['C:\\new', '\\r']],
  [`${EXCLUDE}=\\#recycle`.replace('#', ''), ['\\recycle']],
  [`${EXCLUDE}=it's, a"b`, ["it's", 'a"b']],
  ['backup_s3__prefix=$HOME/`x`', '$HOME/`x`'],
  ['backup_s3__prefix=a=b=c', 'a=b=c'],
  ['backup_s3__prefix="  a  "', '  a  '],
];

const REFUSED: readonly (readonly [string, string | Buffer, RegExp])[] = [
  ['a value that is all comment', `${EXCLUDE}=#recycle`, /^\.env:1: .*#.*quotes/],
  ['the same after spaces', `${EXCLUDE}=  #recycle`, /^\.env:1: /],
  ['a comment in the place of a value', `AWS_PROFILE= # none`, /^\.env:1: /],
  ['a # in a word', 'AWS_SECRET_ACCESS_KEY=abc#def', /^\.env:1: .*#.*quotes/],
  ['a # that begins a word', `${EXCLUDE}=*.tmp, #recycle`, /^\.env:1: .*#.*quotes/],
  ['a # that begins a word of a path', 'backup_backup__source_directory=/srv/album #2', /^\.env:1: /],
  ['a comment where a pattern is missing', `${EXCLUDE}=*.tmp, # recycle`, /^\.env:1: /],
  ['quotes that are not closed', `A=1\n${EXCLUDE}="*.tmp`, /^\.env:2: .*quotes/],
  ['quotes that another line closes', `${EXCLUDE}="*.tmp\nAWS_REGION=x"`, /^\.env:1: /],
  ["another program's quotes around ours", `A="x\nAWS_REGION=eu-west-1\nB="`, /^\.env:1: .*quotes.*line 3/],
  ["another program's open quotes", `AWS_REGION=eu-west-1\nA="x\nB=1`, /^\.env:2: .*quotes/],
  ['more behind the quotes', `${EXCLUDE}="*.tmp","*.bak"`, /^\.env:1: .*quotes/],
  ['more behind the quotes, with a space', `${EXCLUDE}='*.tmp' '*.bak'`, /^\.env:1: .*quotes/],
  ['a comment that touches the quotes', `${EXCLUDE}="*.tmp"#recycle`, /^\.env:1: .*quotes/],
  ['a value in several lines', 'backup_s3__prefix="a\nb"', /^\.env:1: .*one line/],
  ['a backslash in double quotes', `${EXCLUDE}="C:\\new"`, /^\.env:1: .*backslash.*single quotes/],
  ['an escaped quote', `${EXCLUDE}='a\\'b'`, /^\.env:1: .*backslash/],
  [
    'a backslash at the end of quotes',
    "backup_backup__source_directory='C:\\data\\'",
    /^\.env:1: .*backslash/,
  ],
  ['a line without =', `AWS_REGION=eu-west-1\nbackup_s3__prefix`, /^\.env:2: .*NAME=value/],
  ['a value that goes on in the next line', `${EXCLUDE}=*.tmp,\n*.bak`, /^\.env:2: .*NAME=value/],
  ['a name with a space', `AWS_REGION=eu-west-1\nmy name=x`, /^\.env:2: .*NAME=value/],
  ['export alone', `AWS_REGION=eu-west-1\nexport S3_BUCKET_NAME`, /^\.env:2: .*NAME=value/],
  ['a colon without a space', `AWS_REGION=eu-west-1\nS3_BUCKET_NAME:x`, /^\.env:2: .*NAME=value/],
  ['a name that is there twice', 'AWS_REGION=a\nX=1\nAWS_REGION=b', /^\.env:3: AWS_REGION: .*line 1/],
  ['the same twice, although the same', 'AWS_REGION=a\nAWS_REGION=a', /^\.env:2: AWS_REGION: .*line 1/],
  ['the second one empty', 'AWS_REGION=a\nAWS_REGION=', /^\.env:2: AWS_REGION: .*line 1/],
  [
    'quotes in quotes',
    `${EXCLUDE}="'*.tmp'"`,
    /^\.env backup_backup__exclude_patterns: .*without the quotes/,
  ],
  ['quotes around a pattern in a list', `${EXCLUDE}=x,"*.bak"`, /without the quotes/],
  ['a line separator that dotenv takes for an end', `${EXCLUDE}=a #\u2028AWS_REGION=b`, /^\.env:1: /],
  ['Latin-1', Buffer.from('A=1\nbackup_s3__prefix=caf\xe9', 'latin1'), /^\.env:2: .*UTF-8/],
  ['NUL', 'AWS_REGION=eu-west-1\0', /^\.env:1: .*UTF-8/],
  ['UTF-16 with a BOM', Buffer.from('\uFEFFAWS_REGION=x\n', 'utf16le'), /^\.env:1: .*UTF-8/],
  ['UTF-16 without a BOM', Buffer.from('A=1\nAWS_REGION=x\n', 'utf16le'), /^\.env:1: .*UTF-8/],
  [
    'UTF-16, the other way round',
    Buffer.from('\uFEFFAWS_REGION=x\n', 'utf16le').swap16(),
    /^\.env:1: .*UTF-8/,
  ],
];

describe('.env', () => {
  for (const [line, expected] of TAKEN) {
    it(`reads ${line} as it is written`, (t) => {
      const box = sandbox(t);
      for (const text of [line, `# a\r\n\r\n${line}\r\nX=1\r\n`, `\uFEFF${line}\n`, `X="\n"\n${line}`]) {
        box.write('cwd/.env', text);
        const { backup, s3 } = box.load().settings;
        assert.deepEqual(typeof expected === 'string' ? s3.prefix : backup.exclude_patterns, expected);
      }
    });
  }

  for (const [what, text, expected] of REFUSED) {
    it(`refuses ${what}`, (t) => {
      const box = sandbox(t);
      box.write('cwd/.env', text);
      const { message } = box.refused();
      assert.match(message, expected);
      // What a broken line holds may be a secret.
      assert.doesNotMatch(message, /abc|def|recycle|album|eu-west/);
    });
  }

  it('reports all problems at once, and shows no value', (t) => {
    const box = sandbox(t);
    box.write('cwd/.env', 'AWS_SECRET_ACCESS_KEY=abc#def\nbroken\nAWS_REGION=#x\n');
    const { code, problems } = box.refused();
    assert.equal(code, 'CONFIG_SYNTAX');
    assert.deepEqual(
      problems.map((line) => line.split(' ')[0]),
      ['.env:1:', '.env:2:', '.env:3:'],
    );
  });

  it('ignores the lines of other programs, and files of other programs in any syntax', (t) => {
    const box = sandbox(t);
    const other = [
      'URL=http://x/#fragment',
      'KEY="-----BEGIN KEY-----\nabc\n-----END KEY-----"',
      'JSON="{\\"a\\": \\"b\\"}"',
      'TWICE=1',
      'TWICE=2',
      'SAID="he said "no" twice"',
      'EMPTY= # nothing',
    ];
    box.write('cwd/.env', [...other, 'AWS_REGION=eu-west-1'].join('\n'));
    assert.equal(box.load().settings.aws.region, 'eu-west-1');
    for (const text of [
      'a word\nA="open',
      Buffer.from('A=1\n', 'utf16le'),
      Buffer.from('A=\xe9', 'latin1'),
    ]) {
      box.write('cwd/.env', text);
      assert.deepEqual(box.load().files, []);
    }
  });

  it('is read in time proportional to its length', (t) => {
    const box = sandbox(t);
    for (const unit of ['A="\n', 'A="\\"', '"', 'A=\\', 'AWS_REGION="x\n', '\u2028', 'A = ', '#', ' ']) {
      box.write('cwd/.env', `AWS_REGION=eu-west-1\n${unit.repeat(Math.floor(500_000 / unit.length))}\n`);
      const start = process.cpuUsage();
      try {
        box.load();
      } catch {}
      const { user } = process.cpuUsage(start);
      assert.ok(user < 5_000_000, `${JSON.stringify(unit)}: ${user} µs`);
    }
  });
});
