import CRIProto
import Core
import GRPCCore

extension CRIClient {
    /// The image that the runtime has under this reference or id; nil when it has none.
    public func imageStatus(_ image: String) async throws(ContainerRuntimeError) -> ImageSummary? {
        let name = try resolve(image)
        if let found = try await imageStatusNow(name) { return found }
        guard let waitForImports else { return nil }
        // It may be in an archive that is being imported at this moment.
        await waitForImports()
        return try await imageStatusNow(name)
    }

    /// Without waiting for imports.
    func imageStatusNow(_ name: String) async throws(ContainerRuntimeError) -> ImageSummary? {
        try await call("ImageStatus", deadline: deadlines.query) { options in
            var request = Runtime_V1_ImageStatusRequest()
            request.image.image = name
            let answer = try await self.images.imageStatus(request, options: options)
            return answer.hasImage ? ImageSummary(answer.image) : nil
        }
    }

    /// Fetches an image from its registry; returns the reference to make containers with.
    ///
    /// - Throws: `.image` with the kind and the runtime's own text, which is a pod's `ErrImagePull` message.
    public func pullImage(
        _ image: String, credentials: RegistryCredentials? = nil, sandbox: SandboxConfig? = nil
    ) async throws(ContainerRuntimeError) -> String {
        let name = try resolve(image)
        return try await call("PullImage", deadline: deadlines.pull) { options in
            var request = Runtime_V1_PullImageRequest()
            request.image.image = name
            if let credentials {
                request.auth.username = credentials.username
                request.auth.password = credentials.password
                request.auth.serverAddress = credentials.serverAddress
            }
            if let sandbox { request.sandboxConfig = self.message(for: sandbox) }
            do {
                return try await self.images.pullImage(request, options: options).imageRef
            } catch let error as RPCError
                where error.code != .unavailable && error.code != .deadlineExceeded && error.code != .cancelled
            {
                throw ContainerRuntimeError.image(.classify(image: name, code: error.code, message: error.message))
            }
        }
    }

    /// All images, by id.
    public func listImages() async throws(ContainerRuntimeError) -> [ImageSummary] {
        try await call("ListImages", deadline: deadlines.query) { options in
            try await self.images.listImages(Runtime_V1_ListImagesRequest(), options: options).images
                .map(ImageSummary.init).sorted { $0.id < $1.id }
        }
    }

    /// Gone already is no error.
    public func removeImage(_ image: String) async throws(ContainerRuntimeError) {
        let name = try resolve(image)
        try await ignoringNotFound("RemoveImage") { options in
            var request = Runtime_V1_RemoveImageRequest()
            request.image.image = name
            _ = try await self.images.removeImage(request, options: options)
        }
    }

    /// How much the images take.
    public func imageFilesystemInfo() async throws(ContainerRuntimeError) -> [ImageFilesystemUsage] {
        try await call("ImageFsInfo", deadline: deadlines.query) { options in
            try await self.images.imageFsInfo(Runtime_V1_ImageFsInfoRequest(), options: options).imageFilesystems.map {
                ImageFilesystemUsage(
                    mountpoint: $0.fsID.mountpoint, usedBytes: $0.usedBytes.value, inodesUsed: $0.inodesUsed.value)
            }
        }
    }

    private func resolve(_ image: String) throws(ContainerRuntimeError) -> String {
        do { return try ImageReference.normalized(image) } catch { throw .image(error) }
    }
}
