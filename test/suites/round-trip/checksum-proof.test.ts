/** Files of several parts; test/unit/stages/verify.test.ts tries small ones. */
import { CHECKSUM_ALGORITHMS } from '../../../src/digest/checksum.ts';
import { testChecksumProof } from '../../support/checksum-proof.ts';
import { MIB } from '../../support/run.ts';

const LARGE = Buffer.alloc(5 * MIB + 7, 'large ');

for (const checksum of CHECKSUM_ALGORITHMS) testChecksumProof('large', LARGE, checksum);
