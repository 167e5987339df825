// What each step to the first live order is called, why it is there, and the word on its button.

export interface StepWords {
  readonly title: string;
  readonly why: string;
  /** The button while the step is not taken; none when it is taken elsewhere. */
  readonly act: string | null;
  /** The button when it is. */
  readonly again?: string;
}

export const STEPS: Readonly<Record<string, StepWords>> = {
  key: { title: 'A key of CoinSpot', why: 'Made under CoinSpot → API. Give it trading rights, no withdrawal rights, and if you can only this machine’s address. It is kept in this system’s keyring and never shown again.', act: 'Store the key…', again: 'Replace…' },
  declared: { title: 'The key cannot withdraw', why: 'CoinSpot does not tell what a key may do, so you say it. No withdrawal call exists in this program; a key that cannot withdraw bounds what anyone else could do with it.', act: 'Declare it…' },
  limits: { title: 'Limits of the live book', why: 'They bind every order, by hand or by algorithm. Loosening them asks twice.', act: 'Open limits', again: 'Limits' },
  lease: { title: 'The trading lease', why: 'One machine trades with an account at a time.', act: 'Take the lease', again: 'Release' },
  mandate: { title: 'A mandate for orders by hand', why: 'What you allow your own hand: how much an order and a day may cost, which coins, and when you are asked. Without one, no live order leaves.', act: 'Open mandates', again: 'Mandates' },
  open: { title: 'Trading is open', why: 'The kill switch is opened from the banner at the top. Every live mandate must be granted again after it.', act: null },
  first_order: { title: 'The first 10 AUD', why: 'Small on purpose: it shows on your own money that orders, fills, fees and books agree with CoinSpot.', act: 'Open the ticket' },
};
