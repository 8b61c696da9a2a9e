// What somebody may do in a channel, from Discord's bits.

const [ADMINISTRATOR, ADD_REACTIONS, SEND_MESSAGES, MANAGE_MESSAGES, ATTACH_FILES, SEND_IN_THREADS] = [
  3n,
  6n,
  11n,
  13n,
  15n,
  38n,
];

export function mayIn(channel) {
  const held = BigInt(channel?.permissions ?? 0);
  const has = (bit) => Boolean((held >> ADMINISTRATOR) & 1n) || Boolean((held >> bit) & 1n);
  const say = has(channel?.parent_id ? SEND_IN_THREADS : SEND_MESSAGES);
  return { say, attach: say && has(ATTACH_FILES), react: has(ADD_REACTIONS), manage: has(MANAGE_MESSAGES) };
}
