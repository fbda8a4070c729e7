/* Scripts that give a shell to another machine. */
rule Reverse_Shell_Shell
{
	meta:
		description = "shell joined to a network connection"
	strings:
		$interactive = /(ba|z|k|da|a)?sh\s+-[il]+\s*(0?[<>]&?|[>&]+|\d>&?|\d*<>)\s*\/dev\/(tcp|udp)\/[^\/\s]+\/[\w$]/
		$descriptor = /exec\s+\d+<>\s*\/dev\/(tcp|udp)\/[^\/\s]+\/[\w$]/
		$loop = /while\s+read\s+[^\n]{0,40};?\s*do[^\n]{0,80}>&\s*\d/
		$joined = /sh\s+(-i\s+)?(<|0<)&\s*\d+\s+1?>&\s*\d+/
		$nc_exec = /\b(nc|ncat|netcat|nc\.traditional|busybox nc)\s[^\n|;&]{0,80}-[a-z]*[ec]\s*['"]?(\/usr)?(\/bin\/)?(ba|da|z|a)?sh\b/
		$fifo = /mk(fifo|nod)\s+\S+/
		$fifo_shell = /sh\s+-i\s+2>&1\s*\|/
		$fifo_client = /\|\s*(nc|ncat|netcat|telnet|openssl\s+s_client)\b[^\n|]{0,120}>\s*\S+/
		$telnet = /telnet\s[^\n|]{0,80}\|\s*(\/bin\/)?(ba)?sh\s*\|\s*telnet\s/
		$socat = /socat\s[^\n]{0,160}exec:\s*['"]?(\/bin\/)?(ba)?sh/ nocase
		$xterm = /xterm\s+-display\s+\S+:\d/
	condition:
		filesize < 2MB and (
			$interactive or ($descriptor and ($joined or $loop)) or $nc_exec or
			($fifo and $fifo_shell and $fifo_client) or $telnet or $socat or $xterm)
}

rule Reverse_Shell_Python
{
	meta:
		description = "Python that joins a shell to a socket"
	strings:
		$socket = /socket\s*\.\s*(socket|create_connection)\s*\(/
		$connect = /\.connect(_ex)?\s*\(/
		$dup2 = /\bdup2\s*\(\s*\w+(\.fileno\(\))?\s*,\s*(0|1|2|f|fd|i)\b/
		$loop = /for\s+\w+\s+in\s+(\(0,\s*1,\s*2\)|\[0,\s*1,\s*2\]|range\(3\))/
		$spawn = /(pty\s*\.\s*spawn|subprocess\s*\.\s*(call|Popen|run)|os\s*\.\s*(execv?p?|system))\s*\(\s*[\[(]?\s*['"](\/bin\/|\/usr\/bin\/)?(ba|z|da)?sh\b/
		$received = /(Popen|getoutput|check_output|os\.popen)\s*\([^\n]{0,60}(recv\s*\(|data|cmd|command)/
		$receive = /\.recv\s*\(\s*\d+\s*\)/
		$shell = /shell\s*=\s*True/
		$loopback = /(127\.0\.0\.1|localhost)/
	condition:
		filesize < 2MB and $socket and $connect and (
			(#dup2 >= 2 and $spawn) or ($dup2 and $loop and $spawn) or
			($receive and $received and $shell and not $loopback and filesize < 20KB))
}

rule Reverse_Shell_Perl
{
	meta:
		description = "Perl that joins a shell to a socket"
	strings:
		$socket = /(use\s+Socket|IO::Socket::INET)/
		$connect = /(connect\s*\(|PeerAddr\s*=>|->new\s*\()/ nocase
		$handles = /open\s*\(\s*STD(IN|OUT)\s*,\s*["'][<>]+&/
		$handles2 = /STD(IN|OUT)\s*->\s*fdopen\s*\(/
		$shell = /(exec|system)\s*[\({]*\s*["'](\/bin\/)?(ba)?sh\b/
		$perform = /system\s*\$_|`\$_`|system\(\$_\)/
	condition:
		filesize < 1MB and $socket and $connect and any of ($handles*) and ($shell or $perform)
}

rule Reverse_Shell_Other
{
	meta:
		description = "PHP, Ruby, Node, Lua, awk or Java that joins a shell to a socket"
	strings:
		$php = /fsockopen\s*\(/
		$php_shell = /(exec|shell_exec|system|passthru|popen|proc_open)\s*\(\s*["'](uname[^"']*;)?\s*(\/bin\/)?(ba)?sh\s+(-i\s*)?(<&|0<&|-i)/
		$php_open = /proc_open\s*\(\s*(\$shell|["'](\/bin\/)?(ba)?sh)/
		$ruby = /TCPSocket\.(new|open)\s*\(?/
		$ruby_shell = /(exec\s*\(?\s*(sprintf\()?["'](\/bin\/)?(ba)?sh\s+-i\s*<&|IO\.popen\s*\(\s*\w+\s*,\s*["']r)/
		$node = /(net\.Socket|net\.connect|net\.createConnection|require\(["']net["']\))/
		$node_shell = /spawn\s*\(\s*["'](\/bin\/)?(ba)?sh["']/
		$node_pipe = /\.pipe\s*\(\s*\w+\.stdin\s*\)/
		$lua = /require\s*\(?\s*["']socket["']\s*\)?/
		$lua_shell = /(os\.execute\s*\(\s*["']\/bin\/sh -i <&|io\.popen\s*\(\s*\w+\s*,\s*['"]r['"]\s*\))/
		$lua_receive = /:receive\s*\(/
		$awk = /\/inet\/(tcp|udp)\/0\/[^\/\s"']+\/\d+/
		$awk_shell = /\|\s*&?\s*getline/
		$java = /Runtime\.getRuntime\(\)\.exec\s*\([^\n]{0,120}\/dev\/tcp\//
	condition:
		filesize < 1MB and (
			($php and ($php_shell or $php_open)) or ($ruby and $ruby_shell) or
			($node and $node_shell and $node_pipe) or
			($lua and $lua_shell and $lua_receive) or ($awk and $awk_shell) or $java)
}
