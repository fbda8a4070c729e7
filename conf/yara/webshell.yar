/* Scripts of a web server that run what a request brings. */
rule Webshell_PHP
{
	meta:
		description = "PHP that runs what a request brings"
	strings:
		$tag = /<\?(php|=)?[\s@$`]/ nocase
		$direct = /\b(eval|assert|system|exec|shell_exec|passthru|popen|proc_open|pcntl_exec|create_function)\s*\(\s*@?(stripslashes\(|trim\(|urldecode\(|base64_decode\(|str_rot13\(|gzinflate\()*\s*@?\$_(GET|POST|REQUEST|COOKIE|SERVER\[['"]HTTP_)/ nocase
		$backtick = /`\s*\{?\$_(GET|POST|REQUEST|COOKIE)\s*\[/
		$called = /\$_(GET|POST|REQUEST|COOKIE)\s*\[[^\]\n]{1,40}\]\s*\(\s*@?\$_(GET|POST|REQUEST|COOKIE)/
		$packed = /\b(eval|assert)\s*\(\s*@?(gzinflate|gzuncompress|str_rot13|base64_decode|strrev)\s*\(\s*@?(gzinflate|gzuncompress|str_rot13|base64_decode|strrev)\s*\(/ nocase
		$replace = /preg_replace\s*\(\s*["']\/[^"'\n]{0,40}\/[a-z]*e[a-z]*["']\s*,\s*@?\$_(GET|POST|REQUEST|COOKIE)/ nocase
		$included = /\b(include|require)(_once)?\s*\(?\s*@?\$_(GET|POST|REQUEST|COOKIE)\s*\[/ nocase
	condition:
		filesize < 2MB and $tag and
			($direct or $backtick or $called or $packed or $replace or $included)
}

rule Webshell_JSP
{
	meta:
		description = "JSP that runs what a request brings"
	strings:
		$tag1 = "<%"
		$tag2 = "<jsp:" nocase
		$parameter = /request\s*\.\s*get(Parameter|Header|InputStream)\s*\(/
		$run1 = /getRuntime\s*\(\s*\)\s*\.\s*exec\s*\(/
		$run2 = /new\s+ProcessBuilder\s*\(/
		$load = /defineClass\s*\(/
		$decode = /(BASE64Decoder|Base64\.getDecoder|javax\.crypto\.Cipher)/
	condition:
		filesize < 1MB and any of ($tag*) and $parameter and
			(any of ($run*) or ($load and $decode))
}

rule Webshell_CGI
{
	meta:
		description = "CGI script of a shell, Perl or Python that runs what a request brings"
	strings:
		$shell = /(eval|sh\s+-c)\s+["']?\$\{?(QUERY_STRING|HTTP_[A-Z_]+|REQUEST_URI)/
		$perl = /(system|exec|qx|`)\s*[\({\/]?\s*["']?\$?(ENV\{['"]?QUERY_STRING|\w*->param\s*\(|cgi->param|q->param)/
		$python = /(os\.system|os\.popen|subprocess\.\w+)\s*\(\s*(\w+\.getvalue\s*\(|os\.environ\[['"]QUERY_STRING|request\.(args|form|values)(\.get\(|\[))/
	condition:
		filesize < 1MB and any of them
}
