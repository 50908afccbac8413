/** A product photo as a shop has it: a cup on a plain ground, drawn so that nobody's picture is used. */
import sharp from 'sharp';

const CUP = `<svg xmlns="http://www.w3.org/2000/svg" width="900" height="900" viewBox="0 0 900 900">
<defs>
	<linearGradient id="clay" x1="0" x2="1"><stop offset="0" stop-color="#8f2f1d"/><stop offset=".3" stop-color="#d9603f"/>
		<stop offset=".55" stop-color="#c64f31"/><stop offset="1" stop-color="#7a2415"/></linearGradient>
	<linearGradient id="inside" x1="0" x2="1"><stop offset="0" stop-color="#4a150c"/>
		<stop offset="1" stop-color="#8c3322"/></linearGradient>
</defs>
<rect width="900" height="900" fill="#f4f3f1"/>
<path d="M250 290 L290 680 Q300 720 440 720 Q580 720 590 680 L630 290 Z" fill="url(#clay)"/>
<ellipse cx="440" cy="290" rx="190" ry="46" fill="#e27a59"/>
<ellipse cx="440" cy="292" rx="168" ry="34" fill="url(#inside)"/>
<path d="M268 430 Q440 480 614 430" fill="none" stroke="#f2dcc8" stroke-width="14"/>
<path d="M274 470 Q440 520 610 470" fill="none" stroke="#f2dcc8" stroke-width="6"/>
<path d="M330 350 L350 660" stroke="#f0a58a" stroke-width="14" stroke-linecap="round" opacity=".55"/>
</svg>`;

/** The photo as a JPEG. */
export async function productPhoto(): Promise<Buffer> {
	return await sharp(Buffer.from(CUP)).jpeg({ quality: 90 }).toBuffer();
}
