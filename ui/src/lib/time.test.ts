import { describe, expect, it } from 'vitest';
import { age, localDay, localTime, timeWithZone, zoneOffset } from './time';

const SYDNEY = 'Australia/Sydney';

describe('times', () => {
  it('are the trader’s, with the zone and UTC on hover', () => {
    expect(localTime('2026-11-22T03:04:05Z', SYDNEY)).toBe('2026-11-22 14:04:05');
    expect(localTime('2026-06-22T20:04:05Z', SYDNEY, 'minute')).toBe('2026-06-23 06:04');
    expect(localTime('2026-11-22T03:04:05Z', SYDNEY, 'short')).toBe('22 Nov 14:04:05');
    expect(timeWithZone('2026-11-22T03:04:05Z', SYDNEY)).toBe('2026-11-22 14:04:05 Australia/Sydney (2026-11-22T03:04:05Z)');
  });

  it('fall back to UTC, and say so, where a zone is not known', () => {
    expect(timeWithZone('2026-11-22T03:04:05Z', 'C')).toBe('2026-11-22 03:04:05 UTC (2026-11-22T03:04:05Z)');
    expect(zoneOffset(1_780_000_000, 'C')).toBe(0);
  });

  it('that cannot be read are shown as they came', () => {
    expect(localTime('soon', SYDNEY)).toBe('soon');
    expect(localDay('soon', SYDNEY)).toBe('');
  });

  it('know midnight and the day it begins', () => {
    expect(localTime('2026-11-21T13:00:00Z', SYDNEY)).toBe('2026-11-22 00:00:00');
    expect(localDay('2026-11-21T12:59:59Z', SYDNEY)).toBe('2026-11-21');
    expect(localDay('2026-11-21T13:00:00Z', SYDNEY)).toBe('2026-11-22');
  });

  it('tell ages in one unit', () => {
    expect([0, 3.9, 99, 100, 3600, 7200, 200_000].map(age)).toEqual(['0 s', '3 s', '99 s', '1 min', '60 min', '2 h', '2 d']);
  });
});
