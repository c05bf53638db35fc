const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** The value of IEEE 754 binary16 bits, exactly. */
export function float16ToNumber(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The binary16 bits nearest to a value, ties to even; values beyond 65504 become infinities. */
export function numberToFloat16(value: number): number {
  float[0] = value;
  const single = bits[0] ?? 0;
  const sign = (single >>> 16) & 0x8000;
  if (Number.isNaN(value)) return sign | 0x7e00;
  const magnitude = Math.abs(value);
  // 65520 is half-way between the largest binary16 and the next step; a tie there rounds to infinity.
  if (magnitude >= 65520) return sign | 0x7c00;
  // The step between neighbours: 2^-24 below 2^-14 (subnormal), else 2^(exponent-10).
  const exponent = magnitude < 2 ** -14 ? -14 : Math.floor(Math.log2(magnitude));
  const step = 2 ** (exponent - 10);
  const steps = roundHalfToEven(magnitude / step);
  if (exponent === -14 && steps < 1024) return sign | steps;
  const carried = steps === 2048 ? exponent + 1 : exponent;
  const fraction = steps === 2048 ? 0 : steps - 1024;
  return sign | ((carried + 15) << 10) | fraction;
}

function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest < 0.5) return floor;
  if (rest > 0.5) return floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}
