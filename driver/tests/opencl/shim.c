// XRT's shim of the emulation without function, and registers: a file of 4096 bytes that the test
// fills in. Linked to the original, whose other functions are found through it.

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define CONTROL 0x000
#define CONTROL_IDLE 4u
#define CONTROL_RESET 0x100u
// Not registers of a kernel: what the test wants of this shim.
#define FAIL 0xff8
#define STUCK 0xffc

static volatile uint32_t *registers(void) {
    static volatile uint32_t *words;
    const char *path = getenv("VEGALITH_REGISTERS");
    if (!words && path) {
        int file = open(path, O_RDWR);
        words = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        close(file);
    }
    return words;
}

int xclRegRead(void *handle, uint32_t unit, uint32_t offset, uint32_t *value) {
    volatile uint32_t *words = registers();
    if (!handle || unit != 0 || offset >= 4096 || words[FAIL / 4]) return -22;
    *value = words[offset / 4];
    return 0;
}

int xclRegWrite(void *handle, uint32_t unit, uint32_t offset, uint32_t value) {
    volatile uint32_t *words = registers();
    if (!handle || unit != 0 || offset >= 4096 || words[FAIL / 4]) return -22;
    if (offset == CONTROL && value & CONTROL_RESET && !words[STUCK / 4]) value = CONTROL_IDLE;
    words[offset / 4] = value;
    return 0;
}
