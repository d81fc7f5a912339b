// The few functions of libc that TinyGo's runtime calls, so that Debian's are
// not linked: its arc4random, by way of assert, brings in all of printf.

typedef __SIZE_TYPE__ size_t;

__attribute__((import_module("wasi_snapshot_preview1"), import_name("random_get")))
int random_get(void *, size_t);

void arc4random_buf(void *p, size_t n)
{
	random_get(p, n);
}

unsigned arc4random(void)
{
	unsigned r;
	random_get(&r, sizeof r);
	return r;
}

// These become the instructions memory.copy and memory.fill.
void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
	return __builtin_memcpy(to, from, n);
}

void *memmove(void *to, const void *from, size_t n)
{
	return __builtin_memmove(to, from, n);
}

void *memset(void *p, int c, size_t n)
{
	return __builtin_memset(p, c, n);
}

size_t strlen(const char *s)
{
	const char *p = s;
	while (*p)
		p++;
	return p - s;
}

__attribute__((noreturn)) void abort(void)
{
	__builtin_trap();
}
