// The C client of ZooKeeper, with its own threads (libzookeeper_mt). Only the module ZooKeeper imports it.
#ifndef KMD_CZOOKEEPER_SHIM_H
#define KMD_CZOOKEEPER_SHIM_H

#define THREADED
#include <zookeeper/zookeeper.h>

// Some builds of the library have TLS, Debian's has not. The header shows the function only where OpenSSL is configured; as a weak
// symbol it is null where the library lacks it.
zhandle_t *zookeeper_init_ssl(const char *host, const char *cert, watcher_fn fn, int recv_timeout, const clientid_t *clientid,
                              void *context, int flags) __attribute__((weak));

static inline int kmd_zookeeper_has_tls(void) { return zookeeper_init_ssl != 0; }

static inline zhandle_t *kmd_zookeeper_init_tls(const char *host, const char *cert, watcher_fn fn, int recv_timeout,
                                                const clientid_t *clientid, void *context, int flags) {
    return zookeeper_init_ssl ? zookeeper_init_ssl(host, cert, fn, recv_timeout, clientid, context, flags) : 0;
}

#endif
