// One short tone, made here: nothing is loaded. A window without sound stays silent.

const TONE_HZ = 880;
const LENGTH_S = 0.18;
const LOUDNESS = 0.12;
/** Many at once are one sound. */
const APART_MS = 1500;
let last = 0;
let context: AudioContext | null = null;

export function beep(): void {
  const now = Date.now();
  if (now - last < APART_MS) return;
  last = now;
  try {
    context ??= new AudioContext();
    const [tone, gain, start] = [context.createOscillator(), context.createGain(), context.currentTime];
    tone.frequency.value = TONE_HZ;
    gain.gain.setValueAtTime(LOUDNESS, start);
    gain.gain.exponentialRampToValueAtTime(0.0001, start + LENGTH_S);
    tone.connect(gain).connect(context.destination);
    tone.start(start);
    tone.stop(start + LENGTH_S);
  } catch {
    // There is no sound here: the banner and the Inbox say it all.
  }
}
