
2.0

Kubernetesv1.33.0BƒË©
/api/v1/configmapsíœ
core_v1*-listCoreV1NamespacedConfigMapForAllNamespaces2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*JC
A
200:
8
OK2
0
.#/definitions/io.k8s.api.core.v1.ConfigMapListRhttpsj 
x-kubernetes-action	"list"
jY
x-kubernetes-group-version-kind64{"group": "", "kind": "ConfigMap", "version": "v1"}
J.
,*(query"allowWatchBookmarks2boolean†J"
 query"continue2string†J'
%#!query"fieldSelector2string†J'
%#!query"labelSelector2string†J 
query"limit2integer†J)
'%#query"resourceVersion2string†J.
,*(query"resourceVersionMatch2string†J,
*(&query"sendInitialEvents2boolean†J)
'%#query"timeoutSeconds2integer†J 
query"watch2boolean†J 
query"pretty2string†®
/api/v1/endpointsíœ
core_v1*-listCoreV1NamespacedEndpointsForAllNamespaces2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*JC
A
200:
8
OK2
0
.#/definitions/io.k8s.api.core.v1.EndpointsListRhttpsj 
x-kubernetes-action	"list"
jY
x-kubernetes-group-version-kind64{"group": "", "kind": "Endpoints", "version": "v1"}
J.
,*(query"allowWatchBookmarks2boolean†J"
 query"continue2string†J'
%#!query"fieldSelector2string†J'
%#!query"labelSelector2string†J 
query"limit2integer†J)
'%#query"resourceVersion2string†J.
,*(query"resourceVersionMatch2string†J,
*(&query"sendInitialEvents2boolean†J)
'%#query"timeoutSeconds2integer†J 
query"watch2boolean†J 
query"pretty2string†ô
/api/v1/eventsÜ√
core_v1*)listCoreV1NamespacedEventForAllNamespaces2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*J?
=
2006
4
OK.
,
*#/definitions/io.k8s.api.core.v1.EventListRhttpsj 
x-kubernetes-action	"list"
jU
x-kubernetes-group-version-kind20{"group": "", "kind": "Event", "version": "v1"}
J.
,*(query"allowWatchBookmarks2boolean†J"
 query"continue2string†J'
%#!query"fieldSelector2string†J'
%#!query"labelSelector2string†J 
query"limit2integer†J)
'%#query"resourceVersion2string†J.
,*(query"resourceVersionMatch2string†J,
*(&query"sendInitialEvents2boolean†J)
'%#query"timeoutSeconds2integer†J 
query"watch2boolean†J 
query"pretty2string†ƒ
/api/v1/namespaces≠”
core_v1*listCoreV1Namespace2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*B.
,*(query"allowWatchBookmarks2boolean†B"
 query"continue2string†B'
%#!query"fieldSelector2string†B'
%#!query"labelSelector2string†B 
query"limit2integer†B)
'%#query"resourceVersion2string†B.
,*(query"resourceVersionMatch2string†B,
*(&query"sendInitialEvents2boolean†B)
'%#query"timeoutSeconds2integer†B 
query"watch2boolean†JC
A
200:
8
OK2
0
.#/definitions/io.k8s.api.core.v1.NamespaceListRhttpsj 
x-kubernetes-action	"list"
jY
x-kubernetes-group-version-kind64{"group": "", "kind": "Namespace", "version": "v1"}
"È
core_v1*createCoreV1Namespace2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*B@
>
<bodybody *,
*#/definitions/io.k8s.api.core.v1.NamespaceB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†JΩ
=
2006
4
OK.
,
*#/definitions/io.k8s.api.core.v1.Namespace
=
2016
4
OK.
,
*#/definitions/io.k8s.api.core.v1.Namespace
=
2026
4
OK.
,
*#/definitions/io.k8s.api.core.v1.NamespaceRhttpsj 
x-kubernetes-action	"post"
jY
x-kubernetes-group-version-kind64{"group": "", "kind": "Namespace", "version": "v1"}
*∆
core_v1*deletecollectionCoreV1Namespace2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*BT
R
Pbodybody*B
@#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptionsB 
query"dryRun2string†B-
+)'query"gracePeriodSeconds2integer†B+
)'%query"orphanDependents2boolean†B+
)'%query"propagationPolicy2string†B.
,*(query"allowWatchBookmarks2boolean†B"
 query"continue2string†B'
%#!query"fieldSelector2string†B'
%#!query"labelSelector2string†B 
query"limit2integer†B)
'%#query"resourceVersion2string†B.
,*(query"resourceVersionMatch2string†B,
*(&query"sendInitialEvents2boolean†B)
'%#query"timeoutSeconds2integer†B 
query"watch2boolean†Jú
L
200E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Status
L
202E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.StatusRhttpsj,
x-kubernetes-action"deletecollection"
jY
x-kubernetes-group-version-kind64{"group": "", "kind": "Namespace", "version": "v1"}
J 
query"pretty2string†ü
)/api/v1/namespaces/{namespace}/configmapsÒ›
core_v1*listCoreV1NamespacedConfigMap2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*B.
,*(query"allowWatchBookmarks2boolean†B"
 query"continue2string†B'
%#!query"fieldSelector2string†B'
%#!query"labelSelector2string†B 
query"limit2integer†B)
'%#query"resourceVersion2string†B.
,*(query"resourceVersionMatch2string†B,
*(&query"sendInitialEvents2boolean†B)
'%#query"timeoutSeconds2integer†B 
query"watch2boolean†JC
A
200:
8
OK2
0
.#/definitions/io.k8s.api.core.v1.ConfigMapListRhttpsj 
x-kubernetes-action	"list"
jY
x-kubernetes-group-version-kind64{"group": "", "kind": "ConfigMap", "version": "v1"}
"Û
core_v1*createCoreV1NamespacedConfigMap2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*B@
>
<bodybody *,
*#/definitions/io.k8s.api.core.v1.ConfigMapB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†JΩ
=
2006
4
OK.
,
*#/definitions/io.k8s.api.core.v1.ConfigMap
=
2016
4
OK.
,
*#/definitions/io.k8s.api.core.v1.ConfigMap
=
2026
4
OK.
,
*#/definitions/io.k8s.api.core.v1.ConfigMapRhttpsj 
x-kubernetes-action	"post"
jY
x-kubernetes-group-version-kind64{"group": "", "kind": "ConfigMap", "version": "v1"}
*–
core_v1*)deletecollectionCoreV1NamespacedConfigMap2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*BT
R
Pbodybody*B
@#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptionsB 
query"dryRun2string†B-
+)'query"gracePeriodSeconds2integer†B+
)'%query"orphanDependents2boolean†B+
)'%query"propagationPolicy2string†B.
,*(query"allowWatchBookmarks2boolean†B"
 query"continue2string†B'
%#!query"fieldSelector2string†B'
%#!query"labelSelector2string†B 
query"limit2integer†B)
'%#query"resourceVersion2string†B.
,*(query"resourceVersionMatch2string†B,
*(&query"sendInitialEvents2boolean†B)
'%#query"timeoutSeconds2integer†B 
query"watch2boolean†Jú
L
200E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Status
L
202E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.StatusRhttpsj,
x-kubernetes-action"deletecollection"
jY
x-kubernetes-group-version-kind64{"group": "", "kind": "ConfigMap", "version": "v1"}
J$
" "path"	namespace*stringòJ 
query"pretty2string†ˆ
0/api/v1/namespaces/{namespace}/configmaps/{name}¡∫
core_v1*readCoreV1NamespacedConfigMap2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*J?
=
2006
4
OK.
,
*#/definitions/io.k8s.api.core.v1.ConfigMapRhttpsj
x-kubernetes-action"get"
jY
x-kubernetes-group-version-kind64{"group": "", "kind": "ConfigMap", "version": "v1"}
≥
core_v1* replaceCoreV1NamespacedConfigMap2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*B@
>
<bodybody *,
*#/definitions/io.k8s.api.core.v1.ConfigMapB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†J~
=
2006
4
OK.
,
*#/definitions/io.k8s.api.core.v1.ConfigMap
=
2016
4
OK.
,
*#/definitions/io.k8s.api.core.v1.ConfigMapRhttpsj
x-kubernetes-action"put"
jY
x-kubernetes-group-version-kind64{"group": "", "kind": "ConfigMap", "version": "v1"}
*û
core_v1*deleteCoreV1NamespacedConfigMap2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*BT
R
Pbodybody*B
@#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptionsB 
query"dryRun2string†B-
+)'query"gracePeriodSeconds2integer†B+
)'%query"orphanDependents2boolean†B+
)'%query"propagationPolicy2string†Jú
L
200E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Status
L
202E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.StatusRhttpsj"
x-kubernetes-action	"delete"
jY
x-kubernetes-group-version-kind64{"group": "", "kind": "ConfigMap", "version": "v1"}
B¡
core_v1*patchCoreV1NamespacedConfigMap2application/json2application/yaml2#application/vnd.kubernetes.protobuf:application/json-patch+json:application/merge-patch+json:&application/strategic-merge-patch+jsonBN
L
Jbodybody *:
8#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.PatchB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†B 
query"force2boolean†J~
=
2006
4
OK.
,
*#/definitions/io.k8s.api.core.v1.ConfigMap
=
2016
4
OK.
,
*#/definitions/io.k8s.api.core.v1.ConfigMapRhttpsj!
x-kubernetes-action
"patch"
jY
x-kubernetes-group-version-kind64{"group": "", "kind": "ConfigMap", "version": "v1"}
J
"path"name*stringòJ$
" "path"	namespace*stringòJ 
query"pretty2string†û
(/api/v1/namespaces/{namespace}/endpointsÒ›
core_v1*listCoreV1NamespacedEndpoints2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*B.
,*(query"allowWatchBookmarks2boolean†B"
 query"continue2string†B'
%#!query"fieldSelector2string†B'
%#!query"labelSelector2string†B 
query"limit2integer†B)
'%#query"resourceVersion2string†B.
,*(query"resourceVersionMatch2string†B,
*(&query"sendInitialEvents2boolean†B)
'%#query"timeoutSeconds2integer†B 
query"watch2boolean†JC
A
200:
8
OK2
0
.#/definitions/io.k8s.api.core.v1.EndpointsListRhttpsj 
x-kubernetes-action	"list"
jY
x-kubernetes-group-version-kind64{"group": "", "kind": "Endpoints", "version": "v1"}
"Û
core_v1*createCoreV1NamespacedEndpoints2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*B@
>
<bodybody *,
*#/definitions/io.k8s.api.core.v1.EndpointsB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†JΩ
=
2006
4
OK.
,
*#/definitions/io.k8s.api.core.v1.Endpoints
=
2016
4
OK.
,
*#/definitions/io.k8s.api.core.v1.Endpoints
=
2026
4
OK.
,
*#/definitions/io.k8s.api.core.v1.EndpointsRhttpsj 
x-kubernetes-action	"post"
jY
x-kubernetes-group-version-kind64{"group": "", "kind": "Endpoints", "version": "v1"}
*–
core_v1*)deletecollectionCoreV1NamespacedEndpoints2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*BT
R
Pbodybody*B
@#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptionsB 
query"dryRun2string†B-
+)'query"gracePeriodSeconds2integer†B+
)'%query"orphanDependents2boolean†B+
)'%query"propagationPolicy2string†B.
,*(query"allowWatchBookmarks2boolean†B"
 query"continue2string†B'
%#!query"fieldSelector2string†B'
%#!query"labelSelector2string†B 
query"limit2integer†B)
'%#query"resourceVersion2string†B.
,*(query"resourceVersionMatch2string†B,
*(&query"sendInitialEvents2boolean†B)
'%#query"timeoutSeconds2integer†B 
query"watch2boolean†Jú
L
200E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Status
L
202E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.StatusRhttpsj,
x-kubernetes-action"deletecollection"
jY
x-kubernetes-group-version-kind64{"group": "", "kind": "Endpoints", "version": "v1"}
J$
" "path"	namespace*stringòJ 
query"pretty2string†ı
//api/v1/namespaces/{namespace}/endpoints/{name}¡∫
core_v1*readCoreV1NamespacedEndpoints2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*J?
=
2006
4
OK.
,
*#/definitions/io.k8s.api.core.v1.EndpointsRhttpsj
x-kubernetes-action"get"
jY
x-kubernetes-group-version-kind64{"group": "", "kind": "Endpoints", "version": "v1"}
≥
core_v1* replaceCoreV1NamespacedEndpoints2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*B@
>
<bodybody *,
*#/definitions/io.k8s.api.core.v1.EndpointsB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†J~
=
2006
4
OK.
,
*#/definitions/io.k8s.api.core.v1.Endpoints
=
2016
4
OK.
,
*#/definitions/io.k8s.api.core.v1.EndpointsRhttpsj
x-kubernetes-action"put"
jY
x-kubernetes-group-version-kind64{"group": "", "kind": "Endpoints", "version": "v1"}
*û
core_v1*deleteCoreV1NamespacedEndpoints2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*BT
R
Pbodybody*B
@#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptionsB 
query"dryRun2string†B-
+)'query"gracePeriodSeconds2integer†B+
)'%query"orphanDependents2boolean†B+
)'%query"propagationPolicy2string†Jú
L
200E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Status
L
202E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.StatusRhttpsj"
x-kubernetes-action	"delete"
jY
x-kubernetes-group-version-kind64{"group": "", "kind": "Endpoints", "version": "v1"}
B¡
core_v1*patchCoreV1NamespacedEndpoints2application/json2application/yaml2#application/vnd.kubernetes.protobuf:application/json-patch+json:application/merge-patch+json:&application/strategic-merge-patch+jsonBN
L
Jbodybody *:
8#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.PatchB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†B 
query"force2boolean†J~
=
2006
4
OK.
,
*#/definitions/io.k8s.api.core.v1.Endpoints
=
2016
4
OK.
,
*#/definitions/io.k8s.api.core.v1.EndpointsRhttpsj!
x-kubernetes-action
"patch"
jY
x-kubernetes-group-version-kind64{"group": "", "kind": "Endpoints", "version": "v1"}
J
"path"name*stringòJ$
" "path"	namespace*stringòJ 
query"pretty2string†Ô
%/api/v1/namespaces/{namespace}/events≈—
core_v1*listCoreV1NamespacedEvent2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*B.
,*(query"allowWatchBookmarks2boolean†B"
 query"continue2string†B'
%#!query"fieldSelector2string†B'
%#!query"labelSelector2string†B 
query"limit2integer†B)
'%#query"resourceVersion2string†B.
,*(query"resourceVersionMatch2string†B,
*(&query"sendInitialEvents2boolean†B)
'%#query"timeoutSeconds2integer†B 
query"watch2boolean†J?
=
2006
4
OK.
,
*#/definitions/io.k8s.api.core.v1.EventListRhttpsj 
x-kubernetes-action	"list"
jU
x-kubernetes-group-version-kind20{"group": "", "kind": "Event", "version": "v1"}
"€
core_v1*createCoreV1NamespacedEvent2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*B<
:
8bodybody *(
&#/definitions/io.k8s.api.core.v1.EventB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†J±
9
2002
0
OK*
(
&#/definitions/io.k8s.api.core.v1.Event
9
2012
0
OK*
(
&#/definitions/io.k8s.api.core.v1.Event
9
2022
0
OK*
(
&#/definitions/io.k8s.api.core.v1.EventRhttpsj 
x-kubernetes-action	"post"
jU
x-kubernetes-group-version-kind20{"group": "", "kind": "Event", "version": "v1"}
*»
core_v1*%deletecollectionCoreV1NamespacedEvent2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*BT
R
Pbodybody*B
@#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptionsB 
query"dryRun2string†B-
+)'query"gracePeriodSeconds2integer†B+
)'%query"orphanDependents2boolean†B+
)'%query"propagationPolicy2string†B.
,*(query"allowWatchBookmarks2boolean†B"
 query"continue2string†B'
%#!query"fieldSelector2string†B'
%#!query"labelSelector2string†B 
query"limit2integer†B)
'%#query"resourceVersion2string†B.
,*(query"resourceVersionMatch2string†B,
*(&query"sendInitialEvents2boolean†B)
'%#query"timeoutSeconds2integer†B 
query"watch2boolean†Jú
L
200E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Status
L
202E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.StatusRhttpsj,
x-kubernetes-action"deletecollection"
jU
x-kubernetes-group-version-kind20{"group": "", "kind": "Event", "version": "v1"}
J$
" "path"	namespace*stringòJ 
query"pretty2string†∫
,/api/v1/namespaces/{namespace}/events/{name}âÆ
core_v1*readCoreV1NamespacedEvent2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*J;
9
2002
0
OK*
(
&#/definitions/io.k8s.api.core.v1.EventRhttpsj
x-kubernetes-action"get"
jU
x-kubernetes-group-version-kind20{"group": "", "kind": "Event", "version": "v1"}
ü
core_v1*replaceCoreV1NamespacedEvent2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*B<
:
8bodybody *(
&#/definitions/io.k8s.api.core.v1.EventB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†Jv
9
2002
0
OK*
(
&#/definitions/io.k8s.api.core.v1.Event
9
2012
0
OK*
(
&#/definitions/io.k8s.api.core.v1.EventRhttpsj
x-kubernetes-action"put"
jU
x-kubernetes-group-version-kind20{"group": "", "kind": "Event", "version": "v1"}
*ñ
core_v1*deleteCoreV1NamespacedEvent2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*BT
R
Pbodybody*B
@#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptionsB 
query"dryRun2string†B-
+)'query"gracePeriodSeconds2integer†B+
)'%query"orphanDependents2boolean†B+
)'%query"propagationPolicy2string†Jú
L
200E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Status
L
202E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.StatusRhttpsj"
x-kubernetes-action	"delete"
jU
x-kubernetes-group-version-kind20{"group": "", "kind": "Event", "version": "v1"}
B±
core_v1*patchCoreV1NamespacedEvent2application/json2application/yaml2#application/vnd.kubernetes.protobuf:application/json-patch+json:application/merge-patch+json:&application/strategic-merge-patch+jsonBN
L
Jbodybody *:
8#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.PatchB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†B 
query"force2boolean†Jv
9
2002
0
OK*
(
&#/definitions/io.k8s.api.core.v1.Event
9
2012
0
OK*
(
&#/definitions/io.k8s.api.core.v1.EventRhttpsj!
x-kubernetes-action
"patch"
jU
x-kubernetes-group-version-kind20{"group": "", "kind": "Event", "version": "v1"}
J
"path"name*stringòJ$
" "path"	namespace*stringòJ 
query"pretty2string†◊
#/api/v1/namespaces/{namespace}/podsØÀ
core_v1*listCoreV1NamespacedPod2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*B.
,*(query"allowWatchBookmarks2boolean†B"
 query"continue2string†B'
%#!query"fieldSelector2string†B'
%#!query"labelSelector2string†B 
query"limit2integer†B)
'%#query"resourceVersion2string†B.
,*(query"resourceVersionMatch2string†B,
*(&query"sendInitialEvents2boolean†B)
'%#query"timeoutSeconds2integer†B 
query"watch2boolean†J=
;
2004
2
OK,
*
(#/definitions/io.k8s.api.core.v1.PodListRhttpsj 
x-kubernetes-action	"list"
jS
x-kubernetes-group-version-kind0.{"group": "", "kind": "Pod", "version": "v1"}
"œ
core_v1*createCoreV1NamespacedPod2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*B:
8
6bodybody *&
$#/definitions/io.k8s.api.core.v1.PodB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†J´
7
2000
.
OK(
&
$#/definitions/io.k8s.api.core.v1.Pod
7
2010
.
OK(
&
$#/definitions/io.k8s.api.core.v1.Pod
7
2020
.
OK(
&
$#/definitions/io.k8s.api.core.v1.PodRhttpsj 
x-kubernetes-action	"post"
jS
x-kubernetes-group-version-kind0.{"group": "", "kind": "Pod", "version": "v1"}
*ƒ
core_v1*#deletecollectionCoreV1NamespacedPod2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*BT
R
Pbodybody*B
@#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptionsB 
query"dryRun2string†B-
+)'query"gracePeriodSeconds2integer†B+
)'%query"orphanDependents2boolean†B+
)'%query"propagationPolicy2string†B.
,*(query"allowWatchBookmarks2boolean†B"
 query"continue2string†B'
%#!query"fieldSelector2string†B'
%#!query"labelSelector2string†B 
query"limit2integer†B)
'%#query"resourceVersion2string†B.
,*(query"resourceVersionMatch2string†B,
*(&query"sendInitialEvents2boolean†B)
'%#query"timeoutSeconds2integer†B 
query"watch2boolean†Jú
L
200E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Status
L
202E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.StatusRhttpsj,
x-kubernetes-action"deletecollection"
jS
x-kubernetes-group-version-kind0.{"group": "", "kind": "Pod", "version": "v1"}
J$
" "path"	namespace*stringòJ 
query"pretty2string†Ò
*/api/v1/namespaces/{namespace}/pods/{name}¬®
core_v1*readCoreV1NamespacedPod2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*J9
7
2000
.
OK(
&
$#/definitions/io.k8s.api.core.v1.PodRhttpsj
x-kubernetes-action"get"
jS
x-kubernetes-group-version-kind0.{"group": "", "kind": "Pod", "version": "v1"}
ï
core_v1*replaceCoreV1NamespacedPod2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*B:
8
6bodybody *&
$#/definitions/io.k8s.api.core.v1.PodB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†Jr
7
2000
.
OK(
&
$#/definitions/io.k8s.api.core.v1.Pod
7
2010
.
OK(
&
$#/definitions/io.k8s.api.core.v1.PodRhttpsj
x-kubernetes-action"put"
jS
x-kubernetes-group-version-kind0.{"group": "", "kind": "Pod", "version": "v1"}
*Á
core_v1*deleteCoreV1NamespacedPod2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*BT
R
Pbodybody*B
@#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptionsB 
query"dryRun2string†B-
+)'query"gracePeriodSeconds2integer†B+
)'%query"orphanDependents2boolean†B+
)'%query"propagationPolicy2string†Jr
7
2000
.
OK(
&
$#/definitions/io.k8s.api.core.v1.Pod
7
2020
.
OK(
&
$#/definitions/io.k8s.api.core.v1.PodRhttpsj"
x-kubernetes-action	"delete"
jS
x-kubernetes-group-version-kind0.{"group": "", "kind": "Pod", "version": "v1"}
B©
core_v1*patchCoreV1NamespacedPod2application/json2application/yaml2#application/vnd.kubernetes.protobuf:application/json-patch+json:application/merge-patch+json:&application/strategic-merge-patch+jsonBN
L
Jbodybody *:
8#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.PatchB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†B 
query"force2boolean†Jr
7
2000
.
OK(
&
$#/definitions/io.k8s.api.core.v1.Pod
7
2010
.
OK(
&
$#/definitions/io.k8s.api.core.v1.PodRhttpsj!
x-kubernetes-action
"patch"
jS
x-kubernetes-group-version-kind0.{"group": "", "kind": "Pod", "version": "v1"}
J
"path"name*stringòJ$
" "path"	namespace*stringòJ 
query"pretty2string†ç
2/api/v1/namespaces/{namespace}/pods/{name}/binding÷"Í
core_v1* createCoreV1NamespacedPodBinding2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*B>
<
:bodybody **
(#/definitions/io.k8s.api.core.v1.BindingB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†J∑
;
2004
2
OK,
*
(#/definitions/io.k8s.api.core.v1.Binding
;
2014
2
OK,
*
(#/definitions/io.k8s.api.core.v1.Binding
;
2024
2
OK,
*
(#/definitions/io.k8s.api.core.v1.BindingRhttpsj 
x-kubernetes-action	"post"
jW
x-kubernetes-group-version-kind42{"group": "", "kind": "Binding", "version": "v1"}
J
"path"name*stringòJ$
" "path"	namespace*stringòJ 
query"pretty2string†¢
3/api/v1/namespaces/{namespace}/pods/{name}/evictionÍ"˛
core_v1*!createCoreV1NamespacedPodEviction2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*BA
?
=bodybody *-
+#/definitions/io.k8s.api.policy.v1.EvictionB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†J¿
>
2007
5
OK/
-
+#/definitions/io.k8s.api.policy.v1.Eviction
>
2017
5
OK/
-
+#/definitions/io.k8s.api.policy.v1.Eviction
>
2027
5
OK/
-
+#/definitions/io.k8s.api.policy.v1.EvictionRhttpsj 
x-kubernetes-action	"post"
j^
x-kubernetes-group-version-kind;9{"group": "policy", "kind": "Eviction", "version": "v1"}
J
"path"name*stringòJ$
" "path"	namespace*stringòJ 
query"pretty2string††
1/api/v1/namespaces/{namespace}/pods/{name}/statusÍÆ
core_v1*readCoreV1NamespacedPodStatus2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*J9
7
2000
.
OK(
&
$#/definitions/io.k8s.api.core.v1.PodRhttpsj
x-kubernetes-action"get"
jS
x-kubernetes-group-version-kind0.{"group": "", "kind": "Pod", "version": "v1"}
õ
core_v1* replaceCoreV1NamespacedPodStatus2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*B:
8
6bodybody *&
$#/definitions/io.k8s.api.core.v1.PodB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†Jr
7
2000
.
OK(
&
$#/definitions/io.k8s.api.core.v1.Pod
7
2010
.
OK(
&
$#/definitions/io.k8s.api.core.v1.PodRhttpsj
x-kubernetes-action"put"
jS
x-kubernetes-group-version-kind0.{"group": "", "kind": "Pod", "version": "v1"}
BØ
core_v1*patchCoreV1NamespacedPodStatus2application/json2application/yaml2#application/vnd.kubernetes.protobuf:application/json-patch+json:application/merge-patch+json:&application/strategic-merge-patch+jsonBN
L
Jbodybody *:
8#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.PatchB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†B 
query"force2boolean†Jr
7
2000
.
OK(
&
$#/definitions/io.k8s.api.core.v1.Pod
7
2010
.
OK(
&
$#/definitions/io.k8s.api.core.v1.PodRhttpsj!
x-kubernetes-action
"patch"
jS
x-kubernetes-group-version-kind0.{"group": "", "kind": "Pod", "version": "v1"}
J
"path"name*stringòJ$
" "path"	namespace*stringòJ 
query"pretty2string†Ø
5/api/v1/namespaces/{namespace}/replicationcontrollersıÅ
core_v1*)listCoreV1NamespacedReplicationController2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*B.
,*(query"allowWatchBookmarks2boolean†B"
 query"continue2string†B'
%#!query"fieldSelector2string†B'
%#!query"labelSelector2string†B 
query"limit2integer†B)
'%#query"resourceVersion2string†B.
,*(query"resourceVersionMatch2string†B,
*(&query"sendInitialEvents2boolean†B)
'%#query"timeoutSeconds2integer†B 
query"watch2boolean†JO
M
200F
D
OK>
<
:#/definitions/io.k8s.api.core.v1.ReplicationControllerListRhttpsj 
x-kubernetes-action	"list"
je
x-kubernetes-group-version-kindB@{"group": "", "kind": "ReplicationController", "version": "v1"}
"ª
core_v1*+createCoreV1NamespacedReplicationController2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*BL
J
Hbodybody *8
6#/definitions/io.k8s.api.core.v1.ReplicationControllerB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†J·
I
200B
@
OK:
8
6#/definitions/io.k8s.api.core.v1.ReplicationController
I
201B
@
OK:
8
6#/definitions/io.k8s.api.core.v1.ReplicationController
I
202B
@
OK:
8
6#/definitions/io.k8s.api.core.v1.ReplicationControllerRhttpsj 
x-kubernetes-action	"post"
je
x-kubernetes-group-version-kindB@{"group": "", "kind": "ReplicationController", "version": "v1"}
*Ë
core_v1*5deletecollectionCoreV1NamespacedReplicationController2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*BT
R
Pbodybody*B
@#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptionsB 
query"dryRun2string†B-
+)'query"gracePeriodSeconds2integer†B+
)'%query"orphanDependents2boolean†B+
)'%query"propagationPolicy2string†B.
,*(query"allowWatchBookmarks2boolean†B"
 query"continue2string†B'
%#!query"fieldSelector2string†B'
%#!query"labelSelector2string†B 
query"limit2integer†B)
'%#query"resourceVersion2string†B.
,*(query"resourceVersionMatch2string†B,
*(&query"sendInitialEvents2boolean†B)
'%#query"timeoutSeconds2integer†B 
query"watch2boolean†Jú
L
200E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Status
L
202E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.StatusRhttpsj,
x-kubernetes-action"deletecollection"
je
x-kubernetes-group-version-kindB@{"group": "", "kind": "ReplicationController", "version": "v1"}
J$
" "path"	namespace*stringòJ 
query"pretty2string†¨
</api/v1/namespaces/{namespace}/replicationcontrollers/{name}Îﬁ
core_v1*)readCoreV1NamespacedReplicationController2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*JK
I
200B
@
OK:
8
6#/definitions/io.k8s.api.core.v1.ReplicationControllerRhttpsj
x-kubernetes-action"get"
je
x-kubernetes-group-version-kindB@{"group": "", "kind": "ReplicationController", "version": "v1"}

core_v1*,replaceCoreV1NamespacedReplicationController2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*BL
J
Hbodybody *8
6#/definitions/io.k8s.api.core.v1.ReplicationControllerB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†Jñ
I
200B
@
OK:
8
6#/definitions/io.k8s.api.core.v1.ReplicationController
I
201B
@
OK:
8
6#/definitions/io.k8s.api.core.v1.ReplicationControllerRhttpsj
x-kubernetes-action"put"
je
x-kubernetes-group-version-kindB@{"group": "", "kind": "ReplicationController", "version": "v1"}
*∂
core_v1*+deleteCoreV1NamespacedReplicationController2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*BT
R
Pbodybody*B
@#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptionsB 
query"dryRun2string†B-
+)'query"gracePeriodSeconds2integer†B+
)'%query"orphanDependents2boolean†B+
)'%query"propagationPolicy2string†Jú
L
200E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Status
L
202E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.StatusRhttpsj"
x-kubernetes-action	"delete"
je
x-kubernetes-group-version-kindB@{"group": "", "kind": "ReplicationController", "version": "v1"}
BÚ
core_v1**patchCoreV1NamespacedReplicationController2application/json2application/yaml2#application/vnd.kubernetes.protobuf:application/json-patch+json:application/merge-patch+json:&application/strategic-merge-patch+jsonBN
L
Jbodybody *:
8#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.PatchB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†B 
query"force2boolean†Jñ
I
200B
@
OK:
8
6#/definitions/io.k8s.api.core.v1.ReplicationController
I
201B
@
OK:
8
6#/definitions/io.k8s.api.core.v1.ReplicationControllerRhttpsj!
x-kubernetes-action
"patch"
je
x-kubernetes-group-version-kindB@{"group": "", "kind": "ReplicationController", "version": "v1"}
J
"path"name*stringòJ$
" "path"	namespace*stringòJ 
query"pretty2string†√
B/api/v1/namespaces/{namespace}/replicationcontrollers/{name}/scale¸’
core_v1*.readCoreV1NamespacedReplicationControllerScale2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*JB
@
2009
7
OK1
/
-#/definitions/io.k8s.api.autoscaling.v1.ScaleRhttpsj
x-kubernetes-action"get"
j`
x-kubernetes-group-version-kind=;{"group": "autoscaling", "kind": "Scale", "version": "v1"}
’
core_v1*1replaceCoreV1NamespacedReplicationControllerScale2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*BC
A
?bodybody */
-#/definitions/io.k8s.api.autoscaling.v1.ScaleB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†JÑ
@
2009
7
OK1
/
-#/definitions/io.k8s.api.autoscaling.v1.Scale
@
2019
7
OK1
/
-#/definitions/io.k8s.api.autoscaling.v1.ScaleRhttpsj
x-kubernetes-action"put"
j`
x-kubernetes-group-version-kind=;{"group": "autoscaling", "kind": "Scale", "version": "v1"}
B‡
core_v1*/patchCoreV1NamespacedReplicationControllerScale2application/json2application/yaml2#application/vnd.kubernetes.protobuf:application/json-patch+json:application/merge-patch+json:&application/strategic-merge-patch+jsonBN
L
Jbodybody *:
8#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.PatchB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†B 
query"force2boolean†JÑ
@
2009
7
OK1
/
-#/definitions/io.k8s.api.autoscaling.v1.Scale
@
2019
7
OK1
/
-#/definitions/io.k8s.api.autoscaling.v1.ScaleRhttpsj!
x-kubernetes-action
"patch"
j`
x-kubernetes-group-version-kind=;{"group": "autoscaling", "kind": "Scale", "version": "v1"}
J
"path"name*stringòJ$
" "path"	namespace*stringòJ 
query"pretty2string†å
C/api/v1/namespaces/{namespace}/replicationcontrollers/{name}/statusƒ‰
core_v1*/readCoreV1NamespacedReplicationControllerStatus2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*JK
I
200B
@
OK:
8
6#/definitions/io.k8s.api.core.v1.ReplicationControllerRhttpsj
x-kubernetes-action"get"
je
x-kubernetes-group-version-kindB@{"group": "", "kind": "ReplicationController", "version": "v1"}
ˆ
core_v1*2replaceCoreV1NamespacedReplicationControllerStatus2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*BL
J
Hbodybody *8
6#/definitions/io.k8s.api.core.v1.ReplicationControllerB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†Jñ
I
200B
@
OK:
8
6#/definitions/io.k8s.api.core.v1.ReplicationController
I
201B
@
OK:
8
6#/definitions/io.k8s.api.core.v1.ReplicationControllerRhttpsj
x-kubernetes-action"put"
je
x-kubernetes-group-version-kindB@{"group": "", "kind": "ReplicationController", "version": "v1"}
B¯
core_v1*0patchCoreV1NamespacedReplicationControllerStatus2application/json2application/yaml2#application/vnd.kubernetes.protobuf:application/json-patch+json:application/merge-patch+json:&application/strategic-merge-patch+jsonBN
L
Jbodybody *:
8#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.PatchB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†B 
query"force2boolean†Jñ
I
200B
@
OK:
8
6#/definitions/io.k8s.api.core.v1.ReplicationController
I
201B
@
OK:
8
6#/definitions/io.k8s.api.core.v1.ReplicationControllerRhttpsj!
x-kubernetes-action
"patch"
je
x-kubernetes-group-version-kindB@{"group": "", "kind": "ReplicationController", "version": "v1"}
J
"path"name*stringòJ$
" "path"	namespace*stringòJ 
query"pretty2string†˚
&/api/v1/namespaces/{namespace}/secrets–‘
core_v1*listCoreV1NamespacedSecret2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*B.
,*(query"allowWatchBookmarks2boolean†B"
 query"continue2string†B'
%#!query"fieldSelector2string†B'
%#!query"labelSelector2string†B 
query"limit2integer†B)
'%#query"resourceVersion2string†B.
,*(query"resourceVersionMatch2string†B,
*(&query"sendInitialEvents2boolean†B)
'%#query"timeoutSeconds2integer†B 
query"watch2boolean†J@
>
2007
5
OK/
-
+#/definitions/io.k8s.api.core.v1.SecretListRhttpsj 
x-kubernetes-action	"list"
jV
x-kubernetes-group-version-kind31{"group": "", "kind": "Secret", "version": "v1"}
"·
core_v1*createCoreV1NamespacedSecret2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*B=
;
9bodybody *)
'#/definitions/io.k8s.api.core.v1.SecretB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†J¥
:
2003
1
OK+
)
'#/definitions/io.k8s.api.core.v1.Secret
:
2013
1
OK+
)
'#/definitions/io.k8s.api.core.v1.Secret
:
2023
1
OK+
)
'#/definitions/io.k8s.api.core.v1.SecretRhttpsj 
x-kubernetes-action	"post"
jV
x-kubernetes-group-version-kind31{"group": "", "kind": "Secret", "version": "v1"}
* 
core_v1*&deletecollectionCoreV1NamespacedSecret2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*BT
R
Pbodybody*B
@#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptionsB 
query"dryRun2string†B-
+)'query"gracePeriodSeconds2integer†B+
)'%query"orphanDependents2boolean†B+
)'%query"propagationPolicy2string†B.
,*(query"allowWatchBookmarks2boolean†B"
 query"continue2string†B'
%#!query"fieldSelector2string†B'
%#!query"labelSelector2string†B 
query"limit2integer†B)
'%#query"resourceVersion2string†B.
,*(query"resourceVersionMatch2string†B,
*(&query"sendInitialEvents2boolean†B)
'%#query"timeoutSeconds2integer†B 
query"watch2boolean†Jú
L
200E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Status
L
202E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.StatusRhttpsj,
x-kubernetes-action"deletecollection"
jV
x-kubernetes-group-version-kind31{"group": "", "kind": "Secret", "version": "v1"}
J$
" "path"	namespace*stringòJ 
query"pretty2string†…
-/api/v1/namespaces/{namespace}/secrets/{name}ó±
core_v1*readCoreV1NamespacedSecret2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*J<
:
2003
1
OK+
)
'#/definitions/io.k8s.api.core.v1.SecretRhttpsj
x-kubernetes-action"get"
jV
x-kubernetes-group-version-kind31{"group": "", "kind": "Secret", "version": "v1"}
§
core_v1*replaceCoreV1NamespacedSecret2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*B=
;
9bodybody *)
'#/definitions/io.k8s.api.core.v1.SecretB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†Jx
:
2003
1
OK+
)
'#/definitions/io.k8s.api.core.v1.Secret
:
2013
1
OK+
)
'#/definitions/io.k8s.api.core.v1.SecretRhttpsj
x-kubernetes-action"put"
jV
x-kubernetes-group-version-kind31{"group": "", "kind": "Secret", "version": "v1"}
*ò
core_v1*deleteCoreV1NamespacedSecret2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*BT
R
Pbodybody*B
@#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptionsB 
query"dryRun2string†B-
+)'query"gracePeriodSeconds2integer†B+
)'%query"orphanDependents2boolean†B+
)'%query"propagationPolicy2string†Jú
L
200E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Status
L
202E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.StatusRhttpsj"
x-kubernetes-action	"delete"
jV
x-kubernetes-group-version-kind31{"group": "", "kind": "Secret", "version": "v1"}
Bµ
core_v1*patchCoreV1NamespacedSecret2application/json2application/yaml2#application/vnd.kubernetes.protobuf:application/json-patch+json:application/merge-patch+json:&application/strategic-merge-patch+jsonBN
L
Jbodybody *:
8#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.PatchB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†B 
query"force2boolean†Jx
:
2003
1
OK+
)
'#/definitions/io.k8s.api.core.v1.Secret
:
2013
1
OK+
)
'#/definitions/io.k8s.api.core.v1.SecretRhttpsj!
x-kubernetes-action
"patch"
jV
x-kubernetes-group-version-kind31{"group": "", "kind": "Secret", "version": "v1"}
J
"path"name*stringòJ$
" "path"	namespace*stringòJ 
query"pretty2string†€
./api/v1/namespaces/{namespace}/serviceaccounts®Ï
core_v1*"listCoreV1NamespacedServiceAccount2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*B.
,*(query"allowWatchBookmarks2boolean†B"
 query"continue2string†B'
%#!query"fieldSelector2string†B'
%#!query"labelSelector2string†B 
query"limit2integer†B)
'%#query"resourceVersion2string†B.
,*(query"resourceVersionMatch2string†B,
*(&query"sendInitialEvents2boolean†B)
'%#query"timeoutSeconds2integer†B 
query"watch2boolean†JH
F
200?
=
OK7
5
3#/definitions/io.k8s.api.core.v1.ServiceAccountListRhttpsj 
x-kubernetes-action	"list"
j^
x-kubernetes-group-version-kind;9{"group": "", "kind": "ServiceAccount", "version": "v1"}
"ë
core_v1*$createCoreV1NamespacedServiceAccount2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*BE
C
Abodybody *1
/#/definitions/io.k8s.api.core.v1.ServiceAccountB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†JÃ
B
200;
9
OK3
1
/#/definitions/io.k8s.api.core.v1.ServiceAccount
B
201;
9
OK3
1
/#/definitions/io.k8s.api.core.v1.ServiceAccount
B
202;
9
OK3
1
/#/definitions/io.k8s.api.core.v1.ServiceAccountRhttpsj 
x-kubernetes-action	"post"
j^
x-kubernetes-group-version-kind;9{"group": "", "kind": "ServiceAccount", "version": "v1"}
*⁄
core_v1*.deletecollectionCoreV1NamespacedServiceAccount2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*BT
R
Pbodybody*B
@#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptionsB 
query"dryRun2string†B-
+)'query"gracePeriodSeconds2integer†B+
)'%query"orphanDependents2boolean†B+
)'%query"propagationPolicy2string†B.
,*(query"allowWatchBookmarks2boolean†B"
 query"continue2string†B'
%#!query"fieldSelector2string†B'
%#!query"labelSelector2string†B 
query"limit2integer†B)
'%#query"resourceVersion2string†B.
,*(query"resourceVersionMatch2string†B,
*(&query"sendInitialEvents2boolean†B)
'%#query"timeoutSeconds2integer†B 
query"watch2boolean†Jú
L
200E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Status
L
202E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.StatusRhttpsj,
x-kubernetes-action"deletecollection"
j^
x-kubernetes-group-version-kind;9{"group": "", "kind": "ServiceAccount", "version": "v1"}
J$
" "path"	namespace*stringòJ 
query"pretty2string†√
5/api/v1/namespaces/{namespace}/serviceaccounts/{name}â…
core_v1*"readCoreV1NamespacedServiceAccount2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*JD
B
200;
9
OK3
1
/#/definitions/io.k8s.api.core.v1.ServiceAccountRhttpsj
x-kubernetes-action"get"
j^
x-kubernetes-group-version-kind;9{"group": "", "kind": "ServiceAccount", "version": "v1"}
Õ
core_v1*%replaceCoreV1NamespacedServiceAccount2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*BE
C
Abodybody *1
/#/definitions/io.k8s.api.core.v1.ServiceAccountB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†Jà
B
200;
9
OK3
1
/#/definitions/io.k8s.api.core.v1.ServiceAccount
B
201;
9
OK3
1
/#/definitions/io.k8s.api.core.v1.ServiceAccountRhttpsj
x-kubernetes-action"put"
j^
x-kubernetes-group-version-kind;9{"group": "", "kind": "ServiceAccount", "version": "v1"}
*®
core_v1*$deleteCoreV1NamespacedServiceAccount2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*BT
R
Pbodybody*B
@#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptionsB 
query"dryRun2string†B-
+)'query"gracePeriodSeconds2integer†B+
)'%query"orphanDependents2boolean†B+
)'%query"propagationPolicy2string†Jú
L
200E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Status
L
202E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.StatusRhttpsj"
x-kubernetes-action	"delete"
j^
x-kubernetes-group-version-kind;9{"group": "", "kind": "ServiceAccount", "version": "v1"}
B÷
core_v1*#patchCoreV1NamespacedServiceAccount2application/json2application/yaml2#application/vnd.kubernetes.protobuf:application/json-patch+json:application/merge-patch+json:&application/strategic-merge-patch+jsonBN
L
Jbodybody *:
8#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.PatchB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†B 
query"force2boolean†Jà
B
200;
9
OK3
1
/#/definitions/io.k8s.api.core.v1.ServiceAccount
B
201;
9
OK3
1
/#/definitions/io.k8s.api.core.v1.ServiceAccountRhttpsj!
x-kubernetes-action
"patch"
j^
x-kubernetes-group-version-kind;9{"group": "", "kind": "ServiceAccount", "version": "v1"}
J
"path"name*stringòJ$
" "path"	namespace*stringòJ 
query"pretty2string†á
'/api/v1/namespaces/{namespace}/services€◊
core_v1*listCoreV1NamespacedService2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*B.
,*(query"allowWatchBookmarks2boolean†B"
 query"continue2string†B'
%#!query"fieldSelector2string†B'
%#!query"labelSelector2string†B 
query"limit2integer†B)
'%#query"resourceVersion2string†B.
,*(query"resourceVersionMatch2string†B,
*(&query"sendInitialEvents2boolean†B)
'%#query"timeoutSeconds2integer†B 
query"watch2boolean†JA
?
2008
6
OK0
.
,#/definitions/io.k8s.api.core.v1.ServiceListRhttpsj 
x-kubernetes-action	"list"
jW
x-kubernetes-group-version-kind42{"group": "", "kind": "Service", "version": "v1"}
"Á
core_v1*createCoreV1NamespacedService2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*B>
<
:bodybody **
(#/definitions/io.k8s.api.core.v1.ServiceB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†J∑
;
2004
2
OK,
*
(#/definitions/io.k8s.api.core.v1.Service
;
2014
2
OK,
*
(#/definitions/io.k8s.api.core.v1.Service
;
2024
2
OK,
*
(#/definitions/io.k8s.api.core.v1.ServiceRhttpsj 
x-kubernetes-action	"post"
jW
x-kubernetes-group-version-kind42{"group": "", "kind": "Service", "version": "v1"}
*Ã
core_v1*'deletecollectionCoreV1NamespacedService2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*BT
R
Pbodybody*B
@#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptionsB 
query"dryRun2string†B-
+)'query"gracePeriodSeconds2integer†B+
)'%query"orphanDependents2boolean†B+
)'%query"propagationPolicy2string†B.
,*(query"allowWatchBookmarks2boolean†B"
 query"continue2string†B'
%#!query"fieldSelector2string†B'
%#!query"labelSelector2string†B 
query"limit2integer†B)
'%#query"resourceVersion2string†B.
,*(query"resourceVersionMatch2string†B,
*(&query"sendInitialEvents2boolean†B)
'%#query"timeoutSeconds2integer†B 
query"watch2boolean†Jú
L
200E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Status
L
202E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.StatusRhttpsj,
x-kubernetes-action"deletecollection"
jW
x-kubernetes-group-version-kind42{"group": "", "kind": "Service", "version": "v1"}
J$
" "path"	namespace*stringòJ 
query"pretty2string†ÿ
./api/v1/namespaces/{namespace}/services/{name}•¥
core_v1*readCoreV1NamespacedService2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*J=
;
2004
2
OK,
*
(#/definitions/io.k8s.api.core.v1.ServiceRhttpsj
x-kubernetes-action"get"
jW
x-kubernetes-group-version-kind42{"group": "", "kind": "Service", "version": "v1"}
©
core_v1*replaceCoreV1NamespacedService2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*B>
<
:bodybody **
(#/definitions/io.k8s.api.core.v1.ServiceB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†Jz
;
2004
2
OK,
*
(#/definitions/io.k8s.api.core.v1.Service
;
2014
2
OK,
*
(#/definitions/io.k8s.api.core.v1.ServiceRhttpsj
x-kubernetes-action"put"
jW
x-kubernetes-group-version-kind42{"group": "", "kind": "Service", "version": "v1"}
*ö
core_v1*deleteCoreV1NamespacedService2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*BT
R
Pbodybody*B
@#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptionsB 
query"dryRun2string†B-
+)'query"gracePeriodSeconds2integer†B+
)'%query"orphanDependents2boolean†B+
)'%query"propagationPolicy2string†Jú
L
200E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Status
L
202E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.StatusRhttpsj"
x-kubernetes-action	"delete"
jW
x-kubernetes-group-version-kind42{"group": "", "kind": "Service", "version": "v1"}
Bπ
core_v1*patchCoreV1NamespacedService2application/json2application/yaml2#application/vnd.kubernetes.protobuf:application/json-patch+json:application/merge-patch+json:&application/strategic-merge-patch+jsonBN
L
Jbodybody *:
8#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.PatchB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†B 
query"force2boolean†Jz
;
2004
2
OK,
*
(#/definitions/io.k8s.api.core.v1.Service
;
2014
2
OK,
*
(#/definitions/io.k8s.api.core.v1.ServiceRhttpsj!
x-kubernetes-action
"patch"
jW
x-kubernetes-group-version-kind42{"group": "", "kind": "Service", "version": "v1"}
J
"path"name*stringòJ$
" "path"	namespace*stringòJ 
query"pretty2string†‘
5/api/v1/namespaces/{namespace}/services/{name}/statusö∫
core_v1*!readCoreV1NamespacedServiceStatus2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*J=
;
2004
2
OK,
*
(#/definitions/io.k8s.api.core.v1.ServiceRhttpsj
x-kubernetes-action"get"
jW
x-kubernetes-group-version-kind42{"group": "", "kind": "Service", "version": "v1"}
Ø
core_v1*$replaceCoreV1NamespacedServiceStatus2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*B>
<
:bodybody **
(#/definitions/io.k8s.api.core.v1.ServiceB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†Jz
;
2004
2
OK,
*
(#/definitions/io.k8s.api.core.v1.Service
;
2014
2
OK,
*
(#/definitions/io.k8s.api.core.v1.ServiceRhttpsj
x-kubernetes-action"put"
jW
x-kubernetes-group-version-kind42{"group": "", "kind": "Service", "version": "v1"}
Bø
core_v1*"patchCoreV1NamespacedServiceStatus2application/json2application/yaml2#application/vnd.kubernetes.protobuf:application/json-patch+json:application/merge-patch+json:&application/strategic-merge-patch+jsonBN
L
Jbodybody *:
8#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.PatchB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†B 
query"force2boolean†Jz
;
2004
2
OK,
*
(#/definitions/io.k8s.api.core.v1.Service
;
2014
2
OK,
*
(#/definitions/io.k8s.api.core.v1.ServiceRhttpsj!
x-kubernetes-action
"patch"
jW
x-kubernetes-group-version-kind42{"group": "", "kind": "Service", "version": "v1"}
J
"path"name*stringòJ$
" "path"	namespace*stringòJ 
query"pretty2string†ë
/api/v1/namespaces/{name}Û∞
core_v1*readCoreV1Namespace2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*J?
=
2006
4
OK.
,
*#/definitions/io.k8s.api.core.v1.NamespaceRhttpsj
x-kubernetes-action"get"
jY
x-kubernetes-group-version-kind64{"group": "", "kind": "Namespace", "version": "v1"}
©
core_v1*replaceCoreV1Namespace2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*B@
>
<bodybody *,
*#/definitions/io.k8s.api.core.v1.NamespaceB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†J~
=
2006
4
OK.
,
*#/definitions/io.k8s.api.core.v1.Namespace
=
2016
4
OK.
,
*#/definitions/io.k8s.api.core.v1.NamespaceRhttpsj
x-kubernetes-action"put"
jY
x-kubernetes-group-version-kind64{"group": "", "kind": "Namespace", "version": "v1"}
*î
core_v1*deleteCoreV1Namespace2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*BT
R
Pbodybody*B
@#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptionsB 
query"dryRun2string†B-
+)'query"gracePeriodSeconds2integer†B+
)'%query"orphanDependents2boolean†B+
)'%query"propagationPolicy2string†Jú
L
200E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Status
L
202E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.StatusRhttpsj"
x-kubernetes-action	"delete"
jY
x-kubernetes-group-version-kind64{"group": "", "kind": "Namespace", "version": "v1"}
B∑
core_v1*patchCoreV1Namespace2application/json2application/yaml2#application/vnd.kubernetes.protobuf:application/json-patch+json:application/merge-patch+json:&application/strategic-merge-patch+jsonBN
L
Jbodybody *:
8#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.PatchB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†B 
query"force2boolean†J~
=
2006
4
OK.
,
*#/definitions/io.k8s.api.core.v1.Namespace
=
2016
4
OK.
,
*#/definitions/io.k8s.api.core.v1.NamespaceRhttpsj!
x-kubernetes-action
"patch"
jY
x-kubernetes-group-version-kind64{"group": "", "kind": "Namespace", "version": "v1"}
J
"path"name*stringòJ 
query"pretty2string†û
"/api/v1/namespaces/{name}/finalize˜±
core_v1*replaceCoreV1NamespaceFinalize2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*B@
>
<bodybody *,
*#/definitions/io.k8s.api.core.v1.NamespaceB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†J~
=
2006
4
OK.
,
*#/definitions/io.k8s.api.core.v1.Namespace
=
2016
4
OK.
,
*#/definitions/io.k8s.api.core.v1.NamespaceRhttpsj
x-kubernetes-action"put"
jY
x-kubernetes-group-version-kind64{"group": "", "kind": "Namespace", "version": "v1"}
J
"path"name*stringòJ 
query"pretty2string†ì
 /api/v1/namespaces/{name}/statusÓ∂
core_v1*readCoreV1NamespaceStatus2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*J?
=
2006
4
OK.
,
*#/definitions/io.k8s.api.core.v1.NamespaceRhttpsj
x-kubernetes-action"get"
jY
x-kubernetes-group-version-kind64{"group": "", "kind": "Namespace", "version": "v1"}
Ø
core_v1*replaceCoreV1NamespaceStatus2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*B@
>
<bodybody *,
*#/definitions/io.k8s.api.core.v1.NamespaceB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†J~
=
2006
4
OK.
,
*#/definitions/io.k8s.api.core.v1.Namespace
=
2016
4
OK.
,
*#/definitions/io.k8s.api.core.v1.NamespaceRhttpsj
x-kubernetes-action"put"
jY
x-kubernetes-group-version-kind64{"group": "", "kind": "Namespace", "version": "v1"}
BΩ
core_v1*patchCoreV1NamespaceStatus2application/json2application/yaml2#application/vnd.kubernetes.protobuf:application/json-patch+json:application/merge-patch+json:&application/strategic-merge-patch+jsonBN
L
Jbodybody *:
8#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.PatchB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†B 
query"force2boolean†J~
=
2006
4
OK.
,
*#/definitions/io.k8s.api.core.v1.Namespace
=
2016
4
OK.
,
*#/definitions/io.k8s.api.core.v1.NamespaceRhttpsj!
x-kubernetes-action
"patch"
jY
x-kubernetes-group-version-kind64{"group": "", "kind": "Namespace", "version": "v1"}
J
"path"name*stringòJ 
query"pretty2string†à
/api/v1/nodesˆƒ
core_v1*listCoreV1Node2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*B.
,*(query"allowWatchBookmarks2boolean†B"
 query"continue2string†B'
%#!query"fieldSelector2string†B'
%#!query"labelSelector2string†B 
query"limit2integer†B)
'%#query"resourceVersion2string†B.
,*(query"resourceVersionMatch2string†B,
*(&query"sendInitialEvents2boolean†B)
'%#query"timeoutSeconds2integer†B 
query"watch2boolean†J>
<
2005
3
OK-
+
)#/definitions/io.k8s.api.core.v1.NodeListRhttpsj 
x-kubernetes-action	"list"
jT
x-kubernetes-group-version-kind1/{"group": "", "kind": "Node", "version": "v1"}
"À
core_v1*createCoreV1Node2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*B;
9
7bodybody *'
%#/definitions/io.k8s.api.core.v1.NodeB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†JÆ
8
2001
/
OK)
'
%#/definitions/io.k8s.api.core.v1.Node
8
2011
/
OK)
'
%#/definitions/io.k8s.api.core.v1.Node
8
2021
/
OK)
'
%#/definitions/io.k8s.api.core.v1.NodeRhttpsj 
x-kubernetes-action	"post"
jT
x-kubernetes-group-version-kind1/{"group": "", "kind": "Node", "version": "v1"}
*º
core_v1*deletecollectionCoreV1Node2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*BT
R
Pbodybody*B
@#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptionsB 
query"dryRun2string†B-
+)'query"gracePeriodSeconds2integer†B+
)'%query"orphanDependents2boolean†B+
)'%query"propagationPolicy2string†B.
,*(query"allowWatchBookmarks2boolean†B"
 query"continue2string†B'
%#!query"fieldSelector2string†B'
%#!query"labelSelector2string†B 
query"limit2integer†B)
'%#query"resourceVersion2string†B.
,*(query"resourceVersionMatch2string†B,
*(&query"sendInitialEvents2boolean†B)
'%#query"timeoutSeconds2integer†B 
query"watch2boolean†Jú
L
200E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Status
L
202E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.StatusRhttpsj,
x-kubernetes-action"deletecollection"
jT
x-kubernetes-group-version-kind1/{"group": "", "kind": "Node", "version": "v1"}
J 
query"pretty2string†∆
/api/v1/nodes/{name}≠°
core_v1*readCoreV1Node2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*J:
8
2001
/
OK)
'
%#/definitions/io.k8s.api.core.v1.NodeRhttpsj
x-kubernetes-action"get"
jT
x-kubernetes-group-version-kind1/{"group": "", "kind": "Node", "version": "v1"}
ê
core_v1*replaceCoreV1Node2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*B;
9
7bodybody *'
%#/definitions/io.k8s.api.core.v1.NodeB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†Jt
8
2001
/
OK)
'
%#/definitions/io.k8s.api.core.v1.Node
8
2011
/
OK)
'
%#/definitions/io.k8s.api.core.v1.NodeRhttpsj
x-kubernetes-action"put"
jT
x-kubernetes-group-version-kind1/{"group": "", "kind": "Node", "version": "v1"}
*ä
core_v1*deleteCoreV1Node2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*BT
R
Pbodybody*B
@#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptionsB 
query"dryRun2string†B-
+)'query"gracePeriodSeconds2integer†B+
)'%query"orphanDependents2boolean†B+
)'%query"propagationPolicy2string†Jú
L
200E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Status
L
202E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.StatusRhttpsj"
x-kubernetes-action	"delete"
jT
x-kubernetes-group-version-kind1/{"group": "", "kind": "Node", "version": "v1"}
B£
core_v1*patchCoreV1Node2application/json2application/yaml2#application/vnd.kubernetes.protobuf:application/json-patch+json:application/merge-patch+json:&application/strategic-merge-patch+jsonBN
L
Jbodybody *:
8#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.PatchB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†B 
query"force2boolean†Jt
8
2001
/
OK)
'
%#/definitions/io.k8s.api.core.v1.Node
8
2011
/
OK)
'
%#/definitions/io.k8s.api.core.v1.NodeRhttpsj!
x-kubernetes-action
"patch"
jT
x-kubernetes-group-version-kind1/{"group": "", "kind": "Node", "version": "v1"}
J
"path"name*stringòJ 
query"pretty2string†“
/api/v1/nodes/{name}/status≤ß
core_v1*readCoreV1NodeStatus2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*J:
8
2001
/
OK)
'
%#/definitions/io.k8s.api.core.v1.NodeRhttpsj
x-kubernetes-action"get"
jT
x-kubernetes-group-version-kind1/{"group": "", "kind": "Node", "version": "v1"}
ñ
core_v1*replaceCoreV1NodeStatus2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*B;
9
7bodybody *'
%#/definitions/io.k8s.api.core.v1.NodeB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†Jt
8
2001
/
OK)
'
%#/definitions/io.k8s.api.core.v1.Node
8
2011
/
OK)
'
%#/definitions/io.k8s.api.core.v1.NodeRhttpsj
x-kubernetes-action"put"
jT
x-kubernetes-group-version-kind1/{"group": "", "kind": "Node", "version": "v1"}
B©
core_v1*patchCoreV1NodeStatus2application/json2application/yaml2#application/vnd.kubernetes.protobuf:application/json-patch+json:application/merge-patch+json:&application/strategic-merge-patch+jsonBN
L
Jbodybody *:
8#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.PatchB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†B 
query"force2boolean†Jt
8
2001
/
OK)
'
%#/definitions/io.k8s.api.core.v1.Node
8
2011
/
OK)
'
%#/definitions/io.k8s.api.core.v1.NodeRhttpsj!
x-kubernetes-action
"patch"
jT
x-kubernetes-group-version-kind1/{"group": "", "kind": "Node", "version": "v1"}
J
"path"name*stringòJ 
query"pretty2string†ë
/api/v1/podsÄΩ
core_v1*'listCoreV1NamespacedPodForAllNamespaces2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*J=
;
2004
2
OK,
*
(#/definitions/io.k8s.api.core.v1.PodListRhttpsj 
x-kubernetes-action	"list"
jS
x-kubernetes-group-version-kind0.{"group": "", "kind": "Pod", "version": "v1"}
J.
,*(query"allowWatchBookmarks2boolean†J"
 query"continue2string†J'
%#!query"fieldSelector2string†J'
%#!query"labelSelector2string†J 
query"limit2integer†J)
'%#query"resourceVersion2string†J.
,*(query"resourceVersionMatch2string†J,
*(&query"sendInitialEvents2boolean†J)
'%#query"timeoutSeconds2integer†J 
query"watch2boolean†J 
query"pretty2string†Ÿ
/api/v1/replicationcontrollers∂Û
core_v1*9listCoreV1NamespacedReplicationControllerForAllNamespaces2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*JO
M
200F
D
OK>
<
:#/definitions/io.k8s.api.core.v1.ReplicationControllerListRhttpsj 
x-kubernetes-action	"list"
je
x-kubernetes-group-version-kindB@{"group": "", "kind": "ReplicationController", "version": "v1"}
J.
,*(query"allowWatchBookmarks2boolean†J"
 query"continue2string†J'
%#!query"fieldSelector2string†J'
%#!query"labelSelector2string†J 
query"limit2integer†J)
'%#query"resourceVersion2string†J.
,*(query"resourceVersionMatch2string†J,
*(&query"sendInitialEvents2boolean†J)
'%#query"timeoutSeconds2integer†J 
query"watch2boolean†J 
query"pretty2string†ù
/api/v1/secretsâ∆
core_v1**listCoreV1NamespacedSecretForAllNamespaces2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*J@
>
2007
5
OK/
-
+#/definitions/io.k8s.api.core.v1.SecretListRhttpsj 
x-kubernetes-action	"list"
jV
x-kubernetes-group-version-kind31{"group": "", "kind": "Secret", "version": "v1"}
J.
,*(query"allowWatchBookmarks2boolean†J"
 query"continue2string†J'
%#!query"fieldSelector2string†J'
%#!query"labelSelector2string†J 
query"limit2integer†J)
'%#query"resourceVersion2string†J.
,*(query"resourceVersionMatch2string†J,
*(&query"sendInitialEvents2boolean†J)
'%#query"timeoutSeconds2integer†J 
query"watch2boolean†J 
query"pretty2string†Ω
/api/v1/serviceaccounts°ﬁ
core_v1*2listCoreV1NamespacedServiceAccountForAllNamespaces2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*JH
F
200?
=
OK7
5
3#/definitions/io.k8s.api.core.v1.ServiceAccountListRhttpsj 
x-kubernetes-action	"list"
j^
x-kubernetes-group-version-kind;9{"group": "", "kind": "ServiceAccount", "version": "v1"}
J.
,*(query"allowWatchBookmarks2boolean†J"
 query"continue2string†J'
%#!query"fieldSelector2string†J'
%#!query"labelSelector2string†J 
query"limit2integer†J)
'%#query"resourceVersion2string†J.
,*(query"resourceVersionMatch2string†J,
*(&query"sendInitialEvents2boolean†J)
'%#query"timeoutSeconds2integer†J 
query"watch2boolean†J 
query"pretty2string†°
/api/v1/serviceså…
core_v1*+listCoreV1NamespacedServiceForAllNamespaces2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*JA
?
2008
6
OK0
.
,#/definitions/io.k8s.api.core.v1.ServiceListRhttpsj 
x-kubernetes-action	"list"
jW
x-kubernetes-group-version-kind42{"group": "", "kind": "Service", "version": "v1"}
J.
,*(query"allowWatchBookmarks2boolean†J"
 query"continue2string†J'
%#!query"fieldSelector2string†J'
%#!query"labelSelector2string†J 
query"limit2integer†J)
'%#query"resourceVersion2string†J.
,*(query"resourceVersionMatch2string†J,
*(&query"sendInitialEvents2boolean†J)
'%#query"timeoutSeconds2integer†J 
query"watch2boolean†J 
query"pretty2string†∑
/apis/apps/v1/deploymentsô÷
apps_v1*.listAppsV1NamespacedDeploymentForAllNamespaces2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*JD
B
200;
9
OK3
1
/#/definitions/io.k8s.api.apps.v1.DeploymentListRhttpsj 
x-kubernetes-action	"list"
j^
x-kubernetes-group-version-kind;9{"group": "apps", "kind": "Deployment", "version": "v1"}
J.
,*(query"allowWatchBookmarks2boolean†J"
 query"continue2string†J'
%#!query"fieldSelector2string†J'
%#!query"labelSelector2string†J 
query"limit2integer†J)
'%#query"resourceVersion2string†J.
,*(query"resourceVersionMatch2string†J,
*(&query"sendInitialEvents2boolean†J)
'%#query"timeoutSeconds2integer†J 
query"watch2boolean†J 
query"pretty2string†Ω
0/apis/apps/v1/namespaces/{namespace}/deploymentsà‰
apps_v1*listAppsV1NamespacedDeployment2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*B.
,*(query"allowWatchBookmarks2boolean†B"
 query"continue2string†B'
%#!query"fieldSelector2string†B'
%#!query"labelSelector2string†B 
query"limit2integer†B)
'%#query"resourceVersion2string†B.
,*(query"resourceVersionMatch2string†B,
*(&query"sendInitialEvents2boolean†B)
'%#query"timeoutSeconds2integer†B 
query"watch2boolean†JD
B
200;
9
OK3
1
/#/definitions/io.k8s.api.apps.v1.DeploymentListRhttpsj 
x-kubernetes-action	"list"
j^
x-kubernetes-group-version-kind;9{"group": "apps", "kind": "Deployment", "version": "v1"}
"˝
apps_v1* createAppsV1NamespacedDeployment2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*BA
?
=bodybody *-
+#/definitions/io.k8s.api.apps.v1.DeploymentB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†J¿
>
2007
5
OK/
-
+#/definitions/io.k8s.api.apps.v1.Deployment
>
2017
5
OK/
-
+#/definitions/io.k8s.api.apps.v1.Deployment
>
2027
5
OK/
-
+#/definitions/io.k8s.api.apps.v1.DeploymentRhttpsj 
x-kubernetes-action	"post"
j^
x-kubernetes-group-version-kind;9{"group": "apps", "kind": "Deployment", "version": "v1"}
*÷
apps_v1**deletecollectionAppsV1NamespacedDeployment2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*BT
R
Pbodybody*B
@#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptionsB 
query"dryRun2string†B-
+)'query"gracePeriodSeconds2integer†B+
)'%query"orphanDependents2boolean†B+
)'%query"propagationPolicy2string†B.
,*(query"allowWatchBookmarks2boolean†B"
 query"continue2string†B'
%#!query"fieldSelector2string†B'
%#!query"labelSelector2string†B 
query"limit2integer†B)
'%#query"resourceVersion2string†B.
,*(query"resourceVersionMatch2string†B,
*(&query"sendInitialEvents2boolean†B)
'%#query"timeoutSeconds2integer†B 
query"watch2boolean†Jú
L
200E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Status
L
202E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.StatusRhttpsj,
x-kubernetes-action"deletecollection"
j^
x-kubernetes-group-version-kind;9{"group": "apps", "kind": "Deployment", "version": "v1"}
J$
" "path"	namespace*stringòJ 
query"pretty2string†ù
7/apis/apps/v1/namespaces/{namespace}/deployments/{name}·¡
apps_v1*readAppsV1NamespacedDeployment2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*J@
>
2007
5
OK/
-
+#/definitions/io.k8s.api.apps.v1.DeploymentRhttpsj
x-kubernetes-action"get"
j^
x-kubernetes-group-version-kind;9{"group": "apps", "kind": "Deployment", "version": "v1"}
Ω
apps_v1*!replaceAppsV1NamespacedDeployment2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*BA
?
=bodybody *-
+#/definitions/io.k8s.api.apps.v1.DeploymentB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†JÄ
>
2007
5
OK/
-
+#/definitions/io.k8s.api.apps.v1.Deployment
>
2017
5
OK/
-
+#/definitions/io.k8s.api.apps.v1.DeploymentRhttpsj
x-kubernetes-action"put"
j^
x-kubernetes-group-version-kind;9{"group": "apps", "kind": "Deployment", "version": "v1"}
*§
apps_v1* deleteAppsV1NamespacedDeployment2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*BT
R
Pbodybody*B
@#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptionsB 
query"dryRun2string†B-
+)'query"gracePeriodSeconds2integer†B+
)'%query"orphanDependents2boolean†B+
)'%query"propagationPolicy2string†Jú
L
200E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Status
L
202E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.StatusRhttpsj"
x-kubernetes-action	"delete"
j^
x-kubernetes-group-version-kind;9{"group": "apps", "kind": "Deployment", "version": "v1"}
B 
apps_v1*patchAppsV1NamespacedDeployment2application/json2application/yaml2#application/vnd.kubernetes.protobuf:application/json-patch+json:application/merge-patch+json:&application/strategic-merge-patch+jsonBN
L
Jbodybody *:
8#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.PatchB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†B 
query"force2boolean†JÄ
>
2007
5
OK/
-
+#/definitions/io.k8s.api.apps.v1.Deployment
>
2017
5
OK/
-
+#/definitions/io.k8s.api.apps.v1.DeploymentRhttpsj!
x-kubernetes-action
"patch"
j^
x-kubernetes-group-version-kind;9{"group": "apps", "kind": "Deployment", "version": "v1"}
J
"path"name*stringòJ$
" "path"	namespace*stringòJ 
query"pretty2string†ù
=/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale€ 
apps_v1*#readAppsV1NamespacedDeploymentScale2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*JB
@
2009
7
OK1
/
-#/definitions/io.k8s.api.autoscaling.v1.ScaleRhttpsj
x-kubernetes-action"get"
j`
x-kubernetes-group-version-kind=;{"group": "autoscaling", "kind": "Scale", "version": "v1"}
 
apps_v1*&replaceAppsV1NamespacedDeploymentScale2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*BC
A
?bodybody */
-#/definitions/io.k8s.api.autoscaling.v1.ScaleB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†JÑ
@
2009
7
OK1
/
-#/definitions/io.k8s.api.autoscaling.v1.Scale
@
2019
7
OK1
/
-#/definitions/io.k8s.api.autoscaling.v1.ScaleRhttpsj
x-kubernetes-action"put"
j`
x-kubernetes-group-version-kind=;{"group": "autoscaling", "kind": "Scale", "version": "v1"}
B’
apps_v1*$patchAppsV1NamespacedDeploymentScale2application/json2application/yaml2#application/vnd.kubernetes.protobuf:application/json-patch+json:application/merge-patch+json:&application/strategic-merge-patch+jsonBN
L
Jbodybody *:
8#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.PatchB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†B 
query"force2boolean†JÑ
@
2009
7
OK1
/
-#/definitions/io.k8s.api.autoscaling.v1.Scale
@
2019
7
OK1
/
-#/definitions/io.k8s.api.autoscaling.v1.ScaleRhttpsj!
x-kubernetes-action
"patch"
j`
x-kubernetes-group-version-kind=;{"group": "autoscaling", "kind": "Scale", "version": "v1"}
J
"path"name*stringòJ$
" "path"	namespace*stringòJ 
query"pretty2string†è
>/apis/apps/v1/namespaces/{namespace}/deployments/{name}/statusÃ«
apps_v1*$readAppsV1NamespacedDeploymentStatus2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*J@
>
2007
5
OK/
-
+#/definitions/io.k8s.api.apps.v1.DeploymentRhttpsj
x-kubernetes-action"get"
j^
x-kubernetes-group-version-kind;9{"group": "apps", "kind": "Deployment", "version": "v1"}
√
apps_v1*'replaceAppsV1NamespacedDeploymentStatus2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*BA
?
=bodybody *-
+#/definitions/io.k8s.api.apps.v1.DeploymentB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†JÄ
>
2007
5
OK/
-
+#/definitions/io.k8s.api.apps.v1.Deployment
>
2017
5
OK/
-
+#/definitions/io.k8s.api.apps.v1.DeploymentRhttpsj
x-kubernetes-action"put"
j^
x-kubernetes-group-version-kind;9{"group": "apps", "kind": "Deployment", "version": "v1"}
B–
apps_v1*%patchAppsV1NamespacedDeploymentStatus2application/json2application/yaml2#application/vnd.kubernetes.protobuf:application/json-patch+json:application/merge-patch+json:&application/strategic-merge-patch+jsonBN
L
Jbodybody *:
8#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.PatchB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†B 
query"force2boolean†JÄ
>
2007
5
OK/
-
+#/definitions/io.k8s.api.apps.v1.Deployment
>
2017
5
OK/
-
+#/definitions/io.k8s.api.apps.v1.DeploymentRhttpsj!
x-kubernetes-action
"patch"
j^
x-kubernetes-group-version-kind;9{"group": "apps", "kind": "Deployment", "version": "v1"}
J
"path"name*stringòJ$
" "path"	namespace*stringòJ 
query"pretty2string†Ω
0/apis/apps/v1/namespaces/{namespace}/replicasetsà‰
apps_v1*listAppsV1NamespacedReplicaSet2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*B.
,*(query"allowWatchBookmarks2boolean†B"
 query"continue2string†B'
%#!query"fieldSelector2string†B'
%#!query"labelSelector2string†B 
query"limit2integer†B)
'%#query"resourceVersion2string†B.
,*(query"resourceVersionMatch2string†B,
*(&query"sendInitialEvents2boolean†B)
'%#query"timeoutSeconds2integer†B 
query"watch2boolean†JD
B
200;
9
OK3
1
/#/definitions/io.k8s.api.apps.v1.ReplicaSetListRhttpsj 
x-kubernetes-action	"list"
j^
x-kubernetes-group-version-kind;9{"group": "apps", "kind": "ReplicaSet", "version": "v1"}
"˝
apps_v1* createAppsV1NamespacedReplicaSet2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*BA
?
=bodybody *-
+#/definitions/io.k8s.api.apps.v1.ReplicaSetB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†J¿
>
2007
5
OK/
-
+#/definitions/io.k8s.api.apps.v1.ReplicaSet
>
2017
5
OK/
-
+#/definitions/io.k8s.api.apps.v1.ReplicaSet
>
2027
5
OK/
-
+#/definitions/io.k8s.api.apps.v1.ReplicaSetRhttpsj 
x-kubernetes-action	"post"
j^
x-kubernetes-group-version-kind;9{"group": "apps", "kind": "ReplicaSet", "version": "v1"}
*÷
apps_v1**deletecollectionAppsV1NamespacedReplicaSet2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*BT
R
Pbodybody*B
@#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptionsB 
query"dryRun2string†B-
+)'query"gracePeriodSeconds2integer†B+
)'%query"orphanDependents2boolean†B+
)'%query"propagationPolicy2string†B.
,*(query"allowWatchBookmarks2boolean†B"
 query"continue2string†B'
%#!query"fieldSelector2string†B'
%#!query"labelSelector2string†B 
query"limit2integer†B)
'%#query"resourceVersion2string†B.
,*(query"resourceVersionMatch2string†B,
*(&query"sendInitialEvents2boolean†B)
'%#query"timeoutSeconds2integer†B 
query"watch2boolean†Jú
L
200E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Status
L
202E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.StatusRhttpsj,
x-kubernetes-action"deletecollection"
j^
x-kubernetes-group-version-kind;9{"group": "apps", "kind": "ReplicaSet", "version": "v1"}
J$
" "path"	namespace*stringòJ 
query"pretty2string†ù
7/apis/apps/v1/namespaces/{namespace}/replicasets/{name}·¡
apps_v1*readAppsV1NamespacedReplicaSet2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*J@
>
2007
5
OK/
-
+#/definitions/io.k8s.api.apps.v1.ReplicaSetRhttpsj
x-kubernetes-action"get"
j^
x-kubernetes-group-version-kind;9{"group": "apps", "kind": "ReplicaSet", "version": "v1"}
Ω
apps_v1*!replaceAppsV1NamespacedReplicaSet2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*BA
?
=bodybody *-
+#/definitions/io.k8s.api.apps.v1.ReplicaSetB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†JÄ
>
2007
5
OK/
-
+#/definitions/io.k8s.api.apps.v1.ReplicaSet
>
2017
5
OK/
-
+#/definitions/io.k8s.api.apps.v1.ReplicaSetRhttpsj
x-kubernetes-action"put"
j^
x-kubernetes-group-version-kind;9{"group": "apps", "kind": "ReplicaSet", "version": "v1"}
*§
apps_v1* deleteAppsV1NamespacedReplicaSet2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*BT
R
Pbodybody*B
@#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptionsB 
query"dryRun2string†B-
+)'query"gracePeriodSeconds2integer†B+
)'%query"orphanDependents2boolean†B+
)'%query"propagationPolicy2string†Jú
L
200E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Status
L
202E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.StatusRhttpsj"
x-kubernetes-action	"delete"
j^
x-kubernetes-group-version-kind;9{"group": "apps", "kind": "ReplicaSet", "version": "v1"}
B 
apps_v1*patchAppsV1NamespacedReplicaSet2application/json2application/yaml2#application/vnd.kubernetes.protobuf:application/json-patch+json:application/merge-patch+json:&application/strategic-merge-patch+jsonBN
L
Jbodybody *:
8#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.PatchB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†B 
query"force2boolean†JÄ
>
2007
5
OK/
-
+#/definitions/io.k8s.api.apps.v1.ReplicaSet
>
2017
5
OK/
-
+#/definitions/io.k8s.api.apps.v1.ReplicaSetRhttpsj!
x-kubernetes-action
"patch"
j^
x-kubernetes-group-version-kind;9{"group": "apps", "kind": "ReplicaSet", "version": "v1"}
J
"path"name*stringòJ$
" "path"	namespace*stringòJ 
query"pretty2string†ù
=/apis/apps/v1/namespaces/{namespace}/replicasets/{name}/scale€ 
apps_v1*#readAppsV1NamespacedReplicaSetScale2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*JB
@
2009
7
OK1
/
-#/definitions/io.k8s.api.autoscaling.v1.ScaleRhttpsj
x-kubernetes-action"get"
j`
x-kubernetes-group-version-kind=;{"group": "autoscaling", "kind": "Scale", "version": "v1"}
 
apps_v1*&replaceAppsV1NamespacedReplicaSetScale2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*BC
A
?bodybody */
-#/definitions/io.k8s.api.autoscaling.v1.ScaleB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†JÑ
@
2009
7
OK1
/
-#/definitions/io.k8s.api.autoscaling.v1.Scale
@
2019
7
OK1
/
-#/definitions/io.k8s.api.autoscaling.v1.ScaleRhttpsj
x-kubernetes-action"put"
j`
x-kubernetes-group-version-kind=;{"group": "autoscaling", "kind": "Scale", "version": "v1"}
B’
apps_v1*$patchAppsV1NamespacedReplicaSetScale2application/json2application/yaml2#application/vnd.kubernetes.protobuf:application/json-patch+json:application/merge-patch+json:&application/strategic-merge-patch+jsonBN
L
Jbodybody *:
8#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.PatchB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†B 
query"force2boolean†JÑ
@
2009
7
OK1
/
-#/definitions/io.k8s.api.autoscaling.v1.Scale
@
2019
7
OK1
/
-#/definitions/io.k8s.api.autoscaling.v1.ScaleRhttpsj!
x-kubernetes-action
"patch"
j`
x-kubernetes-group-version-kind=;{"group": "autoscaling", "kind": "Scale", "version": "v1"}
J
"path"name*stringòJ$
" "path"	namespace*stringòJ 
query"pretty2string†è
>/apis/apps/v1/namespaces/{namespace}/replicasets/{name}/statusÃ«
apps_v1*$readAppsV1NamespacedReplicaSetStatus2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*J@
>
2007
5
OK/
-
+#/definitions/io.k8s.api.apps.v1.ReplicaSetRhttpsj
x-kubernetes-action"get"
j^
x-kubernetes-group-version-kind;9{"group": "apps", "kind": "ReplicaSet", "version": "v1"}
√
apps_v1*'replaceAppsV1NamespacedReplicaSetStatus2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*BA
?
=bodybody *-
+#/definitions/io.k8s.api.apps.v1.ReplicaSetB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†JÄ
>
2007
5
OK/
-
+#/definitions/io.k8s.api.apps.v1.ReplicaSet
>
2017
5
OK/
-
+#/definitions/io.k8s.api.apps.v1.ReplicaSetRhttpsj
x-kubernetes-action"put"
j^
x-kubernetes-group-version-kind;9{"group": "apps", "kind": "ReplicaSet", "version": "v1"}
B–
apps_v1*%patchAppsV1NamespacedReplicaSetStatus2application/json2application/yaml2#application/vnd.kubernetes.protobuf:application/json-patch+json:application/merge-patch+json:&application/strategic-merge-patch+jsonBN
L
Jbodybody *:
8#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.PatchB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†B 
query"force2boolean†JÄ
>
2007
5
OK/
-
+#/definitions/io.k8s.api.apps.v1.ReplicaSet
>
2017
5
OK/
-
+#/definitions/io.k8s.api.apps.v1.ReplicaSetRhttpsj!
x-kubernetes-action
"patch"
j^
x-kubernetes-group-version-kind;9{"group": "apps", "kind": "ReplicaSet", "version": "v1"}
J
"path"name*stringòJ$
" "path"	namespace*stringòJ 
query"pretty2string†∑
/apis/apps/v1/replicasetsô÷
apps_v1*.listAppsV1NamespacedReplicaSetForAllNamespaces2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*JD
B
200;
9
OK3
1
/#/definitions/io.k8s.api.apps.v1.ReplicaSetListRhttpsj 
x-kubernetes-action	"list"
j^
x-kubernetes-group-version-kind;9{"group": "apps", "kind": "ReplicaSet", "version": "v1"}
J.
,*(query"allowWatchBookmarks2boolean†J"
 query"continue2string†J'
%#!query"fieldSelector2string†J'
%#!query"labelSelector2string†J 
query"limit2integer†J)
'%#query"resourceVersion2string†J.
,*(query"resourceVersionMatch2string†J,
*(&query"sendInitialEvents2boolean†J)
'%#query"timeoutSeconds2integer†J 
query"watch2boolean†J 
query"pretty2string†Ÿ
#/apis/coordination.k8s.io/v1/leases±Ó
coordination_v1*1listCoordinationV1NamespacedLeaseForAllNamespaces2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*JG
E
200>
<
OK6
4
2#/definitions/io.k8s.api.coordination.v1.LeaseListRhttpsj 
x-kubernetes-action	"list"
jh
x-kubernetes-group-version-kindEC{"group": "coordination.k8s.io", "kind": "Lease", "version": "v1"}
J.
,*(query"allowWatchBookmarks2boolean†J"
 query"continue2string†J'
%#!query"fieldSelector2string†J'
%#!query"labelSelector2string†J 
query"limit2integer†J)
'%#query"resourceVersion2string†J.
,*(query"resourceVersionMatch2string†J,
*(&query"sendInitialEvents2boolean†J)
'%#query"timeoutSeconds2integer†J 
query"watch2boolean†J 
query"pretty2string†ï
:/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases÷¸
coordination_v1*!listCoordinationV1NamespacedLease2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*B.
,*(query"allowWatchBookmarks2boolean†B"
 query"continue2string†B'
%#!query"fieldSelector2string†B'
%#!query"labelSelector2string†B 
query"limit2integer†B)
'%#query"resourceVersion2string†B.
,*(query"resourceVersionMatch2string†B,
*(&query"sendInitialEvents2boolean†B)
'%#query"timeoutSeconds2integer†B 
query"watch2boolean†JG
E
200>
<
OK6
4
2#/definitions/io.k8s.api.coordination.v1.LeaseListRhttpsj 
x-kubernetes-action	"list"
jh
x-kubernetes-group-version-kindEC{"group": "coordination.k8s.io", "kind": "Lease", "version": "v1"}
"û
coordination_v1*#createCoordinationV1NamespacedLease2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*BD
B
@bodybody *0
.#/definitions/io.k8s.api.coordination.v1.LeaseB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†J…
A
200:
8
OK2
0
.#/definitions/io.k8s.api.coordination.v1.Lease
A
201:
8
OK2
0
.#/definitions/io.k8s.api.coordination.v1.Lease
A
202:
8
OK2
0
.#/definitions/io.k8s.api.coordination.v1.LeaseRhttpsj 
x-kubernetes-action	"post"
jh
x-kubernetes-group-version-kindEC{"group": "coordination.k8s.io", "kind": "Lease", "version": "v1"}
*Î
coordination_v1*-deletecollectionCoordinationV1NamespacedLease2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*BT
R
Pbodybody*B
@#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptionsB 
query"dryRun2string†B-
+)'query"gracePeriodSeconds2integer†B+
)'%query"orphanDependents2boolean†B+
)'%query"propagationPolicy2string†B.
,*(query"allowWatchBookmarks2boolean†B"
 query"continue2string†B'
%#!query"fieldSelector2string†B'
%#!query"labelSelector2string†B 
query"limit2integer†B)
'%#query"resourceVersion2string†B.
,*(query"resourceVersionMatch2string†B,
*(&query"sendInitialEvents2boolean†B)
'%#query"timeoutSeconds2integer†B 
query"watch2boolean†Jú
L
200E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Status
L
202E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.StatusRhttpsj,
x-kubernetes-action"deletecollection"
jh
x-kubernetes-group-version-kindEC{"group": "coordination.k8s.io", "kind": "Lease", "version": "v1"}
J$
" "path"	namespace*stringòJ 
query"pretty2string†ç
A/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases/{name}«Ÿ
coordination_v1*!readCoordinationV1NamespacedLease2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*JC
A
200:
8
OK2
0
.#/definitions/io.k8s.api.coordination.v1.LeaseRhttpsj
x-kubernetes-action"get"
jh
x-kubernetes-group-version-kindEC{"group": "coordination.k8s.io", "kind": "Lease", "version": "v1"}
€
coordination_v1*$replaceCoordinationV1NamespacedLease2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*BD
B
@bodybody *0
.#/definitions/io.k8s.api.coordination.v1.LeaseB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†JÜ
A
200:
8
OK2
0
.#/definitions/io.k8s.api.coordination.v1.Lease
A
201:
8
OK2
0
.#/definitions/io.k8s.api.coordination.v1.LeaseRhttpsj
x-kubernetes-action"put"
jh
x-kubernetes-group-version-kindEC{"group": "coordination.k8s.io", "kind": "Lease", "version": "v1"}
*π
coordination_v1*#deleteCoordinationV1NamespacedLease2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*BT
R
Pbodybody*B
@#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptionsB 
query"dryRun2string†B-
+)'query"gracePeriodSeconds2integer†B+
)'%query"orphanDependents2boolean†B+
)'%query"propagationPolicy2string†Jú
L
200E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Status
L
202E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.StatusRhttpsj"
x-kubernetes-action	"delete"
jh
x-kubernetes-group-version-kindEC{"group": "coordination.k8s.io", "kind": "Lease", "version": "v1"}
BÂ
coordination_v1*"patchCoordinationV1NamespacedLease2application/json2application/yaml2#application/vnd.kubernetes.protobuf:application/json-patch+json:application/merge-patch+json:&application/strategic-merge-patch+jsonBN
L
Jbodybody *:
8#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.PatchB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†B 
query"force2boolean†JÜ
A
200:
8
OK2
0
.#/definitions/io.k8s.api.coordination.v1.Lease
A
201:
8
OK2
0
.#/definitions/io.k8s.api.coordination.v1.LeaseRhttpsj!
x-kubernetes-action
"patch"
jh
x-kubernetes-group-version-kindEC{"group": "coordination.k8s.io", "kind": "Lease", "version": "v1"}
J
"path"name*stringòJ$
" "path"	namespace*stringòJ 
query"pretty2string†Í
(/apis/discovery.k8s.io/v1/endpointslicesΩ˙
discovery_v1*6listDiscoveryV1NamespacedEndpointSliceForAllNamespaces2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*JL
J
200C
A
OK;
9
7#/definitions/io.k8s.api.discovery.v1.EndpointSliceListRhttpsj 
x-kubernetes-action	"list"
jm
x-kubernetes-group-version-kindJH{"group": "discovery.k8s.io", "kind": "EndpointSlice", "version": "v1"}
J.
,*(query"allowWatchBookmarks2boolean†J"
 query"continue2string†J'
%#!query"fieldSelector2string†J'
%#!query"labelSelector2string†J 
query"limit2integer†J)
'%#query"resourceVersion2string†J.
,*(query"resourceVersionMatch2string†J,
*(&query"sendInitialEvents2boolean†J)
'%#query"timeoutSeconds2integer†J 
query"watch2boolean†J 
query"pretty2string†»
?/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslicesÑà
discovery_v1*&listDiscoveryV1NamespacedEndpointSlice2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*B.
,*(query"allowWatchBookmarks2boolean†B"
 query"continue2string†B'
%#!query"fieldSelector2string†B'
%#!query"labelSelector2string†B 
query"limit2integer†B)
'%#query"resourceVersion2string†B.
,*(query"resourceVersionMatch2string†B,
*(&query"sendInitialEvents2boolean†B)
'%#query"timeoutSeconds2integer†B 
query"watch2boolean†JL
J
200C
A
OK;
9
7#/definitions/io.k8s.api.discovery.v1.EndpointSliceListRhttpsj 
x-kubernetes-action	"list"
jm
x-kubernetes-group-version-kindJH{"group": "discovery.k8s.io", "kind": "EndpointSlice", "version": "v1"}
"π
discovery_v1*(createDiscoveryV1NamespacedEndpointSlice2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*BI
G
Ebodybody *5
3#/definitions/io.k8s.api.discovery.v1.EndpointSliceB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†Jÿ
F
200?
=
OK7
5
3#/definitions/io.k8s.api.discovery.v1.EndpointSlice
F
201?
=
OK7
5
3#/definitions/io.k8s.api.discovery.v1.EndpointSlice
F
202?
=
OK7
5
3#/definitions/io.k8s.api.discovery.v1.EndpointSliceRhttpsj 
x-kubernetes-action	"post"
jm
x-kubernetes-group-version-kindJH{"group": "discovery.k8s.io", "kind": "EndpointSlice", "version": "v1"}
*Ú
discovery_v1*2deletecollectionDiscoveryV1NamespacedEndpointSlice2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*BT
R
Pbodybody*B
@#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptionsB 
query"dryRun2string†B-
+)'query"gracePeriodSeconds2integer†B+
)'%query"orphanDependents2boolean†B+
)'%query"propagationPolicy2string†B.
,*(query"allowWatchBookmarks2boolean†B"
 query"continue2string†B'
%#!query"fieldSelector2string†B'
%#!query"labelSelector2string†B 
query"limit2integer†B)
'%#query"resourceVersion2string†B.
,*(query"resourceVersionMatch2string†B,
*(&query"sendInitialEvents2boolean†B)
'%#query"timeoutSeconds2integer†B 
query"watch2boolean†Jú
L
200E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Status
L
202E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.StatusRhttpsj,
x-kubernetes-action"deletecollection"
jm
x-kubernetes-group-version-kindJH{"group": "discovery.k8s.io", "kind": "EndpointSlice", "version": "v1"}
J$
" "path"	namespace*stringòJ 
query"pretty2string†Ã
F/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices/{name}ÅÂ
discovery_v1*&readDiscoveryV1NamespacedEndpointSlice2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*JH
F
200?
=
OK7
5
3#/definitions/io.k8s.api.discovery.v1.EndpointSliceRhttpsj
x-kubernetes-action"get"
jm
x-kubernetes-group-version-kindJH{"group": "discovery.k8s.io", "kind": "EndpointSlice", "version": "v1"}
Ò
discovery_v1*)replaceDiscoveryV1NamespacedEndpointSlice2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*BI
G
Ebodybody *5
3#/definitions/io.k8s.api.discovery.v1.EndpointSliceB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†Jê
F
200?
=
OK7
5
3#/definitions/io.k8s.api.discovery.v1.EndpointSlice
F
201?
=
OK7
5
3#/definitions/io.k8s.api.discovery.v1.EndpointSliceRhttpsj
x-kubernetes-action"put"
jm
x-kubernetes-group-version-kindJH{"group": "discovery.k8s.io", "kind": "EndpointSlice", "version": "v1"}
*¿
discovery_v1*(deleteDiscoveryV1NamespacedEndpointSlice2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*BT
R
Pbodybody*B
@#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptionsB 
query"dryRun2string†B-
+)'query"gracePeriodSeconds2integer†B+
)'%query"orphanDependents2boolean†B+
)'%query"propagationPolicy2string†Jú
L
200E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Status
L
202E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.StatusRhttpsj"
x-kubernetes-action	"delete"
jm
x-kubernetes-group-version-kindJH{"group": "discovery.k8s.io", "kind": "EndpointSlice", "version": "v1"}
Bˆ
discovery_v1*'patchDiscoveryV1NamespacedEndpointSlice2application/json2application/yaml2#application/vnd.kubernetes.protobuf:application/json-patch+json:application/merge-patch+json:&application/strategic-merge-patch+jsonBN
L
Jbodybody *:
8#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.PatchB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†B 
query"force2boolean†Jê
F
200?
=
OK7
5
3#/definitions/io.k8s.api.discovery.v1.EndpointSlice
F
201?
=
OK7
5
3#/definitions/io.k8s.api.discovery.v1.EndpointSliceRhttpsj!
x-kubernetes-action
"patch"
jm
x-kubernetes-group-version-kindJH{"group": "discovery.k8s.io", "kind": "EndpointSlice", "version": "v1"}
J
"path"name*stringòJ$
" "path"	namespace*stringòJ 
query"pretty2string†ª
/apis/events.k8s.io/v1/eventsô÷
	events_v1*+listEventsV1NamespacedEventForAllNamespaces2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*JA
?
2008
6
OK0
.
,#/definitions/io.k8s.api.events.v1.EventListRhttpsj 
x-kubernetes-action	"list"
jb
x-kubernetes-group-version-kind?={"group": "events.k8s.io", "kind": "Event", "version": "v1"}
J.
,*(query"allowWatchBookmarks2boolean†J"
 query"continue2string†J'
%#!query"fieldSelector2string†J'
%#!query"labelSelector2string†J 
query"limit2integer†J)
'%#query"resourceVersion2string†J.
,*(query"resourceVersionMatch2string†J,
*(&query"sendInitialEvents2boolean†J)
'%#query"timeoutSeconds2integer†J 
query"watch2boolean†J 
query"pretty2string†ª
4/apis/events.k8s.io/v1/namespaces/{namespace}/eventsÇ‰
	events_v1*listEventsV1NamespacedEvent2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*B.
,*(query"allowWatchBookmarks2boolean†B"
 query"continue2string†B'
%#!query"fieldSelector2string†B'
%#!query"labelSelector2string†B 
query"limit2integer†B)
'%#query"resourceVersion2string†B.
,*(query"resourceVersionMatch2string†B,
*(&query"sendInitialEvents2boolean†B)
'%#query"timeoutSeconds2integer†B 
query"watch2boolean†JA
?
2008
6
OK0
.
,#/definitions/io.k8s.api.events.v1.EventListRhttpsj 
x-kubernetes-action	"list"
jb
x-kubernetes-group-version-kind?={"group": "events.k8s.io", "kind": "Event", "version": "v1"}
"Ù
	events_v1*createEventsV1NamespacedEvent2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*B>
<
:bodybody **
(#/definitions/io.k8s.api.events.v1.EventB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†J∑
;
2004
2
OK,
*
(#/definitions/io.k8s.api.events.v1.Event
;
2014
2
OK,
*
(#/definitions/io.k8s.api.events.v1.Event
;
2024
2
OK,
*
(#/definitions/io.k8s.api.events.v1.EventRhttpsj 
x-kubernetes-action	"post"
jb
x-kubernetes-group-version-kind?={"group": "events.k8s.io", "kind": "Event", "version": "v1"}
*Ÿ
	events_v1*'deletecollectionEventsV1NamespacedEvent2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*BT
R
Pbodybody*B
@#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptionsB 
query"dryRun2string†B-
+)'query"gracePeriodSeconds2integer†B+
)'%query"orphanDependents2boolean†B+
)'%query"propagationPolicy2string†B.
,*(query"allowWatchBookmarks2boolean†B"
 query"continue2string†B'
%#!query"fieldSelector2string†B'
%#!query"labelSelector2string†B 
query"limit2integer†B)
'%#query"resourceVersion2string†B.
,*(query"resourceVersionMatch2string†B,
*(&query"sendInitialEvents2boolean†B)
'%#query"timeoutSeconds2integer†B 
query"watch2boolean†Jú
L
200E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Status
L
202E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.StatusRhttpsj,
x-kubernetes-action"deletecollection"
jb
x-kubernetes-group-version-kind?={"group": "events.k8s.io", "kind": "Event", "version": "v1"}
J$
" "path"	namespace*stringòJ 
query"pretty2string†ô
;/apis/events.k8s.io/v1/namespaces/{namespace}/events/{name}Ÿ¡
	events_v1*readEventsV1NamespacedEvent2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*J=
;
2004
2
OK,
*
(#/definitions/io.k8s.api.events.v1.EventRhttpsj
x-kubernetes-action"get"
jb
x-kubernetes-group-version-kind?={"group": "events.k8s.io", "kind": "Event", "version": "v1"}
∂
	events_v1*replaceEventsV1NamespacedEvent2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*B>
<
:bodybody **
(#/definitions/io.k8s.api.events.v1.EventB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†Jz
;
2004
2
OK,
*
(#/definitions/io.k8s.api.events.v1.Event
;
2014
2
OK,
*
(#/definitions/io.k8s.api.events.v1.EventRhttpsj
x-kubernetes-action"put"
jb
x-kubernetes-group-version-kind?={"group": "events.k8s.io", "kind": "Event", "version": "v1"}
*ß
	events_v1*deleteEventsV1NamespacedEvent2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*BT
R
Pbodybody*B
@#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptionsB 
query"dryRun2string†B-
+)'query"gracePeriodSeconds2integer†B+
)'%query"orphanDependents2boolean†B+
)'%query"propagationPolicy2string†Jú
L
200E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Status
L
202E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.StatusRhttpsj"
x-kubernetes-action	"delete"
jb
x-kubernetes-group-version-kind?={"group": "events.k8s.io", "kind": "Event", "version": "v1"}
B∆
	events_v1*patchEventsV1NamespacedEvent2application/json2application/yaml2#application/vnd.kubernetes.protobuf:application/json-patch+json:application/merge-patch+json:&application/strategic-merge-patch+jsonBN
L
Jbodybody *:
8#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.PatchB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†B 
query"force2boolean†Jz
;
2004
2
OK,
*
(#/definitions/io.k8s.api.events.v1.Event
;
2014
2
OK,
*
(#/definitions/io.k8s.api.events.v1.EventRhttpsj!
x-kubernetes-action
"patch"
jb
x-kubernetes-group-version-kind?={"group": "events.k8s.io", "kind": "Event", "version": "v1"}
J
"path"name*stringòJ$
" "path"	namespace*stringòJ 
query"pretty2string†˝
*/apis/scheduling.k8s.io/v1/priorityclassesŒÇ
scheduling_v1*listSchedulingV1PriorityClass2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*B.
,*(query"allowWatchBookmarks2boolean†B"
 query"continue2string†B'
%#!query"fieldSelector2string†B'
%#!query"labelSelector2string†B 
query"limit2integer†B)
'%#query"resourceVersion2string†B.
,*(query"resourceVersionMatch2string†B,
*(&query"sendInitialEvents2boolean†B)
'%#query"timeoutSeconds2integer†B 
query"watch2boolean†JM
K
200D
B
OK<
:
8#/definitions/io.k8s.api.scheduling.v1.PriorityClassListRhttpsj 
x-kubernetes-action	"list"
jn
x-kubernetes-group-version-kindKI{"group": "scheduling.k8s.io", "kind": "PriorityClass", "version": "v1"}
"∂
scheduling_v1*createSchedulingV1PriorityClass2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*BJ
H
Fbodybody *6
4#/definitions/io.k8s.api.scheduling.v1.PriorityClassB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†J€
G
200@
>
OK8
6
4#/definitions/io.k8s.api.scheduling.v1.PriorityClass
G
201@
>
OK8
6
4#/definitions/io.k8s.api.scheduling.v1.PriorityClass
G
202@
>
OK8
6
4#/definitions/io.k8s.api.scheduling.v1.PriorityClassRhttpsj 
x-kubernetes-action	"post"
jn
x-kubernetes-group-version-kindKI{"group": "scheduling.k8s.io", "kind": "PriorityClass", "version": "v1"}
*Î
scheduling_v1*)deletecollectionSchedulingV1PriorityClass2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*BT
R
Pbodybody*B
@#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptionsB 
query"dryRun2string†B-
+)'query"gracePeriodSeconds2integer†B+
)'%query"orphanDependents2boolean†B+
)'%query"propagationPolicy2string†B.
,*(query"allowWatchBookmarks2boolean†B"
 query"continue2string†B'
%#!query"fieldSelector2string†B'
%#!query"labelSelector2string†B 
query"limit2integer†B)
'%#query"resourceVersion2string†B.
,*(query"resourceVersionMatch2string†B,
*(&query"sendInitialEvents2boolean†B)
'%#query"timeoutSeconds2integer†B 
query"watch2boolean†Jú
L
200E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Status
L
202E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.StatusRhttpsj,
x-kubernetes-action"deletecollection"
jn
x-kubernetes-group-version-kindKI{"group": "scheduling.k8s.io", "kind": "PriorityClass", "version": "v1"}
J 
query"pretty2string†˚
1/apis/scheduling.k8s.io/v1/priorityclasses/{name}≈ﬂ
scheduling_v1*readSchedulingV1PriorityClass2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*JI
G
200@
>
OK8
6
4#/definitions/io.k8s.api.scheduling.v1.PriorityClassRhttpsj
x-kubernetes-action"get"
jn
x-kubernetes-group-version-kindKI{"group": "scheduling.k8s.io", "kind": "PriorityClass", "version": "v1"}
Ì
scheduling_v1* replaceSchedulingV1PriorityClass2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*BJ
H
Fbodybody *6
4#/definitions/io.k8s.api.scheduling.v1.PriorityClassB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†Jí
G
200@
>
OK8
6
4#/definitions/io.k8s.api.scheduling.v1.PriorityClass
G
201@
>
OK8
6
4#/definitions/io.k8s.api.scheduling.v1.PriorityClassRhttpsj
x-kubernetes-action"put"
jn
x-kubernetes-group-version-kindKI{"group": "scheduling.k8s.io", "kind": "PriorityClass", "version": "v1"}
*π
scheduling_v1*deleteSchedulingV1PriorityClass2application/json2application/yaml2#application/vnd.kubernetes.protobuf:*/*BT
R
Pbodybody*B
@#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptionsB 
query"dryRun2string†B-
+)'query"gracePeriodSeconds2integer†B+
)'%query"orphanDependents2boolean†B+
)'%query"propagationPolicy2string†Jú
L
200E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Status
L
202E
C
OK=
;
9#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.StatusRhttpsj"
x-kubernetes-action	"delete"
jn
x-kubernetes-group-version-kindKI{"group": "scheduling.k8s.io", "kind": "PriorityClass", "version": "v1"}
BÒ
scheduling_v1*patchSchedulingV1PriorityClass2application/json2application/yaml2#application/vnd.kubernetes.protobuf:application/json-patch+json:application/merge-patch+json:&application/strategic-merge-patch+jsonBN
L
Jbodybody *:
8#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.PatchB 
query"dryRun2string†B&
$" query"fieldManager2string†B)
'%#query"fieldValidation2string†B 
query"force2boolean†Jí
G
200@
>
OK8
6
4#/definitions/io.k8s.api.scheduling.v1.PriorityClass
G
201@
>
OK8
6
4#/definitions/io.k8s.api.scheduling.v1.PriorityClassRhttpsj!
x-kubernetes-action
"patch"
jn
x-kubernetes-group-version-kindKI{"group": "scheduling.k8s.io", "kind": "PriorityClass", "version": "v1"}
J
"path"name*stringòJ 
query"pretty2string†J√–
ã
io.k8s.api.apps.v1.DeploymentÈ≤
object ˜


apiVersion≤
string

kind≤
string
K
metadata?
=#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta
9
spec1
/#/definitions/io.k8s.api.apps.v1.DeploymentSpec
=
status3
1#/definitions/io.k8s.api.apps.v1.DeploymentStatus˙`
x-kubernetes-group-version-kind=;[{"group": "apps", "kind": "Deployment", "version": "v1"}]

√
&io.k8s.api.apps.v1.DeploymentConditionòöstatusötype≤
object ˘
O
lastTransitionTime9
7#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Time
K
lastUpdateTime9
7#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Time

message≤
string

reason≤
string

status≤
string

type≤
string
Ê
!io.k8s.api.apps.v1.DeploymentList¿öitems≤
object ¬


apiVersion≤
string
E
items<≤
array∫/
-
+#/definitions/io.k8s.api.apps.v1.Deployment

kind≤
string
I
metadata=
;#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta˙d
x-kubernetes-group-version-kindA?[{"group": "apps", "kind": "DeploymentList", "version": "v1"}]

ç
!io.k8s.api.apps.v1.DeploymentSpecÁöselectorötemplate≤
object ¬
&
minReadySecondsint32≤	
integer

paused≤	
boolean
.
progressDeadlineSecondsint32≤	
integer

replicasint32≤	
integer
+
revisionHistoryLimitint32≤	
integer
N
selectorB
@#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector
r
strategyf
3#/definitions/io.k8s.api.apps.v1.DeploymentStrategy˙.
x-kubernetes-patch-strategy"retainKeys"

>
template2
0#/definitions/io.k8s.api.core.v1.PodTemplateSpec
˙
#io.k8s.api.apps.v1.DeploymentStatus“≤
object √
(
availableReplicasint32≤	
integer
%
collisionCountint32≤	
integer
˝

conditionsÓ≤
array∫8
6
4#/definitions/io.k8s.api.apps.v1.DeploymentCondition˙)
x-kubernetes-list-map-keys	["type"]
˙"
x-kubernetes-list-type"map"
˙)
x-kubernetes-patch-merge-key	"type"
˙)
x-kubernetes-patch-strategy
"merge"

)
observedGenerationint64≤	
integer
$
readyReplicasint32≤	
integer

replicasint32≤	
integer
*
terminatingReplicasint32≤	
integer
*
unavailableReplicasint32≤	
integer
&
updatedReplicasint32≤	
integer
ô
%io.k8s.api.apps.v1.DeploymentStrategyp≤
object b
K
rollingUpdate:
8#/definitions/io.k8s.api.apps.v1.RollingUpdateDeployment

type≤
string
ã
io.k8s.api.apps.v1.ReplicaSetÈ≤
object ˜


apiVersion≤
string

kind≤
string
K
metadata?
=#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta
9
spec1
/#/definitions/io.k8s.api.apps.v1.ReplicaSetSpec
=
status3
1#/definitions/io.k8s.api.apps.v1.ReplicaSetStatus˙`
x-kubernetes-group-version-kind=;[{"group": "apps", "kind": "ReplicaSet", "version": "v1"}]

ˆ
&io.k8s.api.apps.v1.ReplicaSetConditionÀöstatusötype≤
object ¨
O
lastTransitionTime9
7#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Time

message≤
string

reason≤
string

status≤
string

type≤
string
Ê
!io.k8s.api.apps.v1.ReplicaSetList¿öitems≤
object ¬


apiVersion≤
string
E
items<≤
array∫/
-
+#/definitions/io.k8s.api.apps.v1.ReplicaSet

kind≤
string
I
metadata=
;#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta˙d
x-kubernetes-group-version-kindA?[{"group": "apps", "kind": "ReplicaSetList", "version": "v1"}]

ô
!io.k8s.api.apps.v1.ReplicaSetSpecÛöselector≤
object Ÿ
&
minReadySecondsint32≤	
integer

replicasint32≤	
integer
N
selectorB
@#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector
>
template2
0#/definitions/io.k8s.api.core.v1.PodTemplateSpec
∑
#io.k8s.api.apps.v1.ReplicaSetStatusèöreplicas≤
object ı
(
availableReplicasint32≤	
integer
˝

conditionsÓ≤
array∫8
6
4#/definitions/io.k8s.api.apps.v1.ReplicaSetCondition˙)
x-kubernetes-list-map-keys	["type"]
˙"
x-kubernetes-list-type"map"
˙)
x-kubernetes-patch-merge-key	"type"
˙)
x-kubernetes-patch-strategy
"merge"

+
fullyLabeledReplicasint32≤	
integer
)
observedGenerationint64≤	
integer
$
readyReplicasint32≤	
integer

replicasint32≤	
integer
*
terminatingReplicasint32≤	
integer
ﬁ
*io.k8s.api.apps.v1.RollingUpdateDeploymentØ≤
object †
K
maxSurge?
=#/definitions/io.k8s.apimachinery.pkg.util.intstr.IntOrString
Q
maxUnavailable?
=#/definitions/io.k8s.apimachinery.pkg.util.intstr.IntOrString
ì
io.k8s.api.autoscaling.v1.ScaleÔ≤
object ˚


apiVersion≤
string

kind≤
string
K
metadata?
=#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta
;
spec3
1#/definitions/io.k8s.api.autoscaling.v1.ScaleSpec
?
status5
3#/definitions/io.k8s.api.autoscaling.v1.ScaleStatus˙b
x-kubernetes-group-version-kind?=[{"group": "autoscaling", "kind": "Scale", "version": "v1"}]

V
#io.k8s.api.autoscaling.v1.ScaleSpec/≤
object !

replicasint32≤	
integer
|
%io.k8s.api.autoscaling.v1.ScaleStatusSöreplicas≤
object :

replicasint32≤	
integer

selector≤
string
‹
 io.k8s.api.coordination.v1.Lease∑≤
object ª


apiVersion≤
string

kind≤
string
K
metadata?
=#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta
<
spec4
2#/definitions/io.k8s.api.coordination.v1.LeaseSpec˙j
x-kubernetes-group-version-kindGE[{"group": "coordination.k8s.io", "kind": "Lease", "version": "v1"}]

ˆ
$io.k8s.api.coordination.v1.LeaseListÕöitems≤
object ≈


apiVersion≤
string
H
items?≤
array∫2
0
.#/definitions/io.k8s.api.coordination.v1.Lease

kind≤
string
I
metadata=
;#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta˙n
x-kubernetes-group-version-kindKI[{"group": "coordination.k8s.io", "kind": "LeaseList", "version": "v1"}]

Ç
$io.k8s.api.coordination.v1.LeaseSpecŸ≤
object  
M
acquireTime>
<#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime

holderIdentity≤
string
+
leaseDurationSecondsint32≤	
integer
'
leaseTransitionsint32≤	
integer

preferredHolder≤
string
K
	renewTime>
<#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime

strategy≤
string
Ω
3io.k8s.api.core.v1.AWSElasticBlockStoreVolumeSourceÖövolumeID≤
object l

fsType≤
string
 
	partitionint32≤	
integer

readOnly≤	
boolean

volumeID≤
string
ˆ
io.k8s.api.core.v1.Affinity÷≤
object «
?
nodeAffinity/
-#/definitions/io.k8s.api.core.v1.NodeAffinity
=
podAffinity.
,#/definitions/io.k8s.api.core.v1.PodAffinity
E
podAntiAffinity2
0#/definitions/io.k8s.api.core.v1.PodAntiAffinity
q
"io.k8s.api.core.v1.AppArmorProfileKötype≤
object 6

localhostProfile≤
string

type≤
string
w
!io.k8s.api.core.v1.AttachedVolumeRö
devicePathöname≤
object 0


devicePath≤
string

name≤
string
‰
(io.k8s.api.core.v1.AzureDiskVolumeSource∑ödiskNameödiskURI≤
object ì

cachingMode≤
string

diskName≤
string

diskURI≤
string

fsType≤
string

kind≤
string

readOnly≤	
boolean
¢
(io.k8s.api.core.v1.AzureFileVolumeSourcevö
secretNameö	shareName≤
object O

readOnly≤	
boolean


secretName≤
string

	shareName≤
string
Œ
io.k8s.api.core.v1.BindingØötarget≤
object ª


apiVersion≤
string

kind≤
string
K
metadata?
=#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta
<
target2
0#/definitions/io.k8s.api.core.v1.ObjectReference˙Y
x-kubernetes-group-version-kind64[{"group": "", "kind": "Binding", "version": "v1"}]

â
"io.k8s.api.core.v1.CSIVolumeSource‚ödriver≤
object  

driver≤
string

fsType≤
string
O
nodePublishSecretRef7
5#/definitions/io.k8s.api.core.v1.LocalObjectReference

readOnly≤	
boolean
/
volumeAttributes™
≤
string≤
object
 
io.k8s.api.core.v1.Capabilities¶≤
object ó
I
addB≤
array∫
≤
string˙%
x-kubernetes-list-type	"atomic"

J
dropB≤
array∫
≤
string˙%
x-kubernetes-list-type	"atomic"

π
%io.k8s.api.core.v1.CephFSVolumeSourceèömonitors≤
object ı
N
monitorsB≤
array∫
≤
string˙%
x-kubernetes-list-type	"atomic"


path≤
string

readOnly≤	
boolean


secretFile≤
string
D
	secretRef7
5#/definitions/io.k8s.api.core.v1.LocalObjectReference

user≤
string
‘
%io.k8s.api.core.v1.CinderVolumeSource™övolumeID≤
object ê

fsType≤
string

readOnly≤	
boolean
D
	secretRef7
5#/definitions/io.k8s.api.core.v1.LocalObjectReference

volumeID≤
string
Z
!io.k8s.api.core.v1.ClientIPConfig5≤
object '
%
timeoutSecondsint32≤	
integer
˛
/io.k8s.api.core.v1.ClusterTrustBundleProjection öpath≤
object ¥
S
labelSelectorB
@#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector

name≤
string

optional≤	
boolean

path≤
string


signerName≤
string
¸
io.k8s.api.core.v1.ConfigMap€≤
object Ó


apiVersion≤
string
/

binaryData!™
byte≤
string≤
object
#
data™
≤
string≤
object

	immutable≤	
boolean

kind≤
string
K
metadata?
=#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta˙[
x-kubernetes-group-version-kind86[{"group": "", "kind": "ConfigMap", "version": "v1"}]

f
%io.k8s.api.core.v1.ConfigMapEnvSource=≤
object /

name≤
string

optional≤	
boolean
©
'io.k8s.api.core.v1.ConfigMapKeySelector~ökey≤
object C

key≤
string

name≤
string

optional≤	
boolean˙$
x-kubernetes-map-type	"atomic"

ﬂ
 io.k8s.api.core.v1.ConfigMapList∫öitems≤
object ¡


apiVersion≤
string
D
items;≤
array∫.
,
*#/definitions/io.k8s.api.core.v1.ConfigMap

kind≤
string
I
metadata=
;#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta˙_
x-kubernetes-group-version-kind<:[{"group": "", "kind": "ConfigMapList", "version": "v1"}]

Í
,io.k8s.api.core.v1.ConfigMapNodeConfigSourceπökubeletConfigKeyönameö	namespace≤
object Ñ

kubeletConfigKey≤
string

name≤
string

	namespace≤
string

resourceVersion≤
string

uid≤
string
◊
&io.k8s.api.core.v1.ConfigMapProjection¨≤
object ù
l
itemsc≤
array∫.
,
*#/definitions/io.k8s.api.core.v1.KeyToPath˙%
x-kubernetes-list-type	"atomic"


name≤
string

optional≤	
boolean
˝
(io.k8s.api.core.v1.ConfigMapVolumeSource–≤
object ¡
"
defaultModeint32≤	
integer
l
itemsc≤
array∫.
,
*#/definitions/io.k8s.api.core.v1.KeyToPath˙%
x-kubernetes-list-type	"atomic"


name≤
string

optional≤	
boolean
Ê
io.k8s.api.core.v1.Container≈öname≤
object Ø
J
argsB≤
array∫
≤
string˙%
x-kubernetes-list-type	"atomic"

M
commandB≤
array∫
≤
string˙%
x-kubernetes-list-type	"atomic"

È
env·≤
array∫+
)
'#/definitions/io.k8s.api.core.v1.EnvVar˙)
x-kubernetes-list-map-keys	["name"]
˙"
x-kubernetes-list-type"map"
˙)
x-kubernetes-patch-merge-key	"name"
˙)
x-kubernetes-patch-strategy
"merge"

r
envFromg≤
array∫2
0
.#/definitions/io.k8s.api.core.v1.EnvFromSource˙%
x-kubernetes-list-type	"atomic"


image≤
string

imagePullPolicy≤
string
9
	lifecycle,
*#/definitions/io.k8s.api.core.v1.Lifecycle
9
livenessProbe(
&#/definitions/io.k8s.api.core.v1.Probe

name≤
string
ê
portsÜ≤
array∫2
0
.#/definitions/io.k8s.api.core.v1.ContainerPort˙>
x-kubernetes-list-map-keys ["containerPort", "protocol"]
˙"
x-kubernetes-list-type"map"
˙2
x-kubernetes-patch-merge-key"containerPort"
˙)
x-kubernetes-patch-strategy
"merge"

:
readinessProbe(
&#/definitions/io.k8s.api.core.v1.Probe

resizePolicyo≤
array∫:
8
6#/definitions/io.k8s.api.core.v1.ContainerResizePolicy˙%
x-kubernetes-list-type	"atomic"

D
	resources7
5#/definitions/io.k8s.api.core.v1.ResourceRequirements

restartPolicy≤
string
E
securityContext2
0#/definitions/io.k8s.api.core.v1.SecurityContext
8
startupProbe(
&#/definitions/io.k8s.api.core.v1.Probe

stdin≤	
boolean

	stdinOnce≤	
boolean
%
terminationMessagePath≤
string
'
terminationMessagePolicy≤
string

tty≤	
boolean
Ö
volumeDevicesÛ≤
array∫1
/
-#/definitions/io.k8s.api.core.v1.VolumeDevice˙/
x-kubernetes-list-map-keys["devicePath"]
˙"
x-kubernetes-list-type"map"
˙/
x-kubernetes-patch-merge-key"devicePath"
˙)
x-kubernetes-patch-strategy
"merge"

Å
volumeMounts≤
array∫0
.
,#/definitions/io.k8s.api.core.v1.VolumeMount˙.
x-kubernetes-list-map-keys["mountPath"]
˙"
x-kubernetes-list-type"map"
˙.
x-kubernetes-patch-merge-key"mountPath"
˙)
x-kubernetes-patch-strategy
"merge"



workingDir≤
string
¢
!io.k8s.api.core.v1.ContainerImage}≤
object o
K
namesB≤
array∫
≤
string˙%
x-kubernetes-list-type	"atomic"

 
	sizeBytesint64≤	
integer
–
 io.k8s.api.core.v1.ContainerPort´öcontainerPort≤
object å
$
containerPortint32≤	
integer

hostIP≤
string

hostPortint32≤	
integer

name≤
string

protocol≤
string
î
(io.k8s.api.core.v1.ContainerResizePolicyhöresourceNameörestartPolicy≤
object ;

resourceName≤
string

restartPolicy≤
string
ä
!io.k8s.api.core.v1.ContainerState‰≤
object ’
C
running8
6#/definitions/io.k8s.api.core.v1.ContainerStateRunning
I

terminated;
9#/definitions/io.k8s.api.core.v1.ContainerStateTerminated
C
waiting8
6#/definitions/io.k8s.api.core.v1.ContainerStateWaiting
Ç
(io.k8s.api.core.v1.ContainerStateRunningV≤
object H
F
	startedAt9
7#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Time
Ê
+io.k8s.api.core.v1.ContainerStateTerminated∂öexitCode≤
object ú

containerID≤
string

exitCodeint32≤	
integer
G

finishedAt9
7#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Time

message≤
string

reason≤
string

signalint32≤	
integer
F
	startedAt9
7#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Time
i
(io.k8s.api.core.v1.ContainerStateWaiting=≤
object /

message≤
string

reason≤
string
©	
"io.k8s.api.core.v1.ContainerStatusÇ	öimageöimageIDönameöreadyörestartCount≤
object √
c
allocatedResourcesM™?
=
;#/definitions/io.k8s.apimachinery.pkg.api.resource.Quantity≤
object
Ü
allocatedResourcesStatusÈ≤
array∫3
1
/#/definitions/io.k8s.api.core.v1.ResourceStatus˙)
x-kubernetes-list-map-keys	["name"]
˙"
x-kubernetes-list-type"map"
˙)
x-kubernetes-patch-merge-key	"name"
˙)
x-kubernetes-patch-strategy
"merge"


containerID≤
string

image≤
string

imageID≤
string
>
	lastState1
/#/definitions/io.k8s.api.core.v1.ContainerState

name≤
string

ready≤	
boolean
D
	resources7
5#/definitions/io.k8s.api.core.v1.ResourceRequirements
#
restartCountint32≤	
integer

started≤	
boolean
:
state1
/#/definitions/io.k8s.api.core.v1.ContainerState


stopSignal≤
string
8
user0
.#/definitions/io.k8s.api.core.v1.ContainerUser
á
volumeMountsˆ≤
array∫6
4
2#/definitions/io.k8s.api.core.v1.VolumeMountStatus˙.
x-kubernetes-list-map-keys["mountPath"]
˙"
x-kubernetes-list-type"map"
˙.
x-kubernetes-patch-merge-key"mountPath"
˙)
x-kubernetes-patch-strategy
"merge"

r
 io.k8s.api.core.v1.ContainerUserN≤
object @
>
linux5
3#/definitions/io.k8s.api.core.v1.LinuxContainerUser
W
!io.k8s.api.core.v1.DaemonEndpoint2öPort≤
object 

Portint32≤	
integer
µ
(io.k8s.api.core.v1.DownwardAPIProjectionà≤
object z
x
itemso≤
array∫:
8
6#/definitions/io.k8s.api.core.v1.DownwardAPIVolumeFile˙%
x-kubernetes-list-type	"atomic"

á
(io.k8s.api.core.v1.DownwardAPIVolumeFile⁄öpath≤
object ƒ
B
fieldRef6
4#/definitions/io.k8s.api.core.v1.ObjectFieldSelector

modeint32≤	
integer

path≤
string
L
resourceFieldRef8
6#/definitions/io.k8s.api.core.v1.ResourceFieldSelector
‹
*io.k8s.api.core.v1.DownwardAPIVolumeSource≠≤
object û
"
defaultModeint32≤	
integer
x
itemso≤
array∫:
8
6#/definitions/io.k8s.api.core.v1.DownwardAPIVolumeFile˙%
x-kubernetes-list-type	"atomic"

ú
'io.k8s.api.core.v1.EmptyDirVolumeSourceq≤
object c

medium≤
string
J
	sizeLimit=
;#/definitions/io.k8s.apimachinery.pkg.api.resource.Quantity
Ë
"io.k8s.api.core.v1.EndpointAddress¡öip≤
object Ü

hostname≤
string

ip≤
string

nodeName≤
string
?
	targetRef2
0#/definitions/io.k8s.api.core.v1.ObjectReference˙$
x-kubernetes-map-type	"atomic"

«
io.k8s.api.core.v1.EndpointPort£öport≤
object g

appProtocol≤
string

name≤
string

portint32≤	
integer

protocol≤
string˙$
x-kubernetes-map-type	"atomic"

û
!io.k8s.api.core.v1.EndpointSubset¯≤
object È
v
	addressesi≤
array∫4
2
0#/definitions/io.k8s.api.core.v1.EndpointAddress˙%
x-kubernetes-list-type	"atomic"

~
notReadyAddressesi≤
array∫4
2
0#/definitions/io.k8s.api.core.v1.EndpointAddress˙%
x-kubernetes-list-type	"atomic"

o
portsf≤
array∫1
/
-#/definitions/io.k8s.api.core.v1.EndpointPort˙%
x-kubernetes-list-type	"atomic"

Ä
io.k8s.api.core.v1.Endpointsﬂ≤
object Ú


apiVersion≤
string

kind≤
string
K
metadata?
=#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta
s
subsetsh≤
array∫3
1
/#/definitions/io.k8s.api.core.v1.EndpointSubset˙%
x-kubernetes-list-type	"atomic"
˙[
x-kubernetes-group-version-kind86[{"group": "", "kind": "Endpoints", "version": "v1"}]

ﬂ
 io.k8s.api.core.v1.EndpointsList∫öitems≤
object ¡


apiVersion≤
string
D
items;≤
array∫.
,
*#/definitions/io.k8s.api.core.v1.Endpoints

kind≤
string
I
metadata=
;#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta˙_
x-kubernetes-group-version-kind<:[{"group": "", "kind": "EndpointsList", "version": "v1"}]

”
 io.k8s.api.core.v1.EnvFromSourceÆ≤
object ü
E
configMapRef5
3#/definitions/io.k8s.api.core.v1.ConfigMapEnvSource

prefix≤
string
?
	secretRef2
0#/definitions/io.k8s.api.core.v1.SecretEnvSource
õ
io.k8s.api.core.v1.EnvVar~öname≤
object i

name≤
string

value≤
string
<
	valueFrom/
-#/definitions/io.k8s.api.core.v1.EnvVarSource
◊
io.k8s.api.core.v1.EnvVarSource≥≤
object §
J
configMapKeyRef7
5#/definitions/io.k8s.api.core.v1.ConfigMapKeySelector
B
fieldRef6
4#/definitions/io.k8s.api.core.v1.ObjectFieldSelector
L
resourceFieldRef8
6#/definitions/io.k8s.api.core.v1.ResourceFieldSelector
D
secretKeyRef4
2#/definitions/io.k8s.api.core.v1.SecretKeySelector
ì
%io.k8s.api.core.v1.EphemeralContainerÈöname≤
object ”
J
argsB≤
array∫
≤
string˙%
x-kubernetes-list-type	"atomic"

M
commandB≤
array∫
≤
string˙%
x-kubernetes-list-type	"atomic"

È
env·≤
array∫+
)
'#/definitions/io.k8s.api.core.v1.EnvVar˙)
x-kubernetes-list-map-keys	["name"]
˙"
x-kubernetes-list-type"map"
˙)
x-kubernetes-patch-merge-key	"name"
˙)
x-kubernetes-patch-strategy
"merge"

r
envFromg≤
array∫2
0
.#/definitions/io.k8s.api.core.v1.EnvFromSource˙%
x-kubernetes-list-type	"atomic"


image≤
string

imagePullPolicy≤
string
9
	lifecycle,
*#/definitions/io.k8s.api.core.v1.Lifecycle
9
livenessProbe(
&#/definitions/io.k8s.api.core.v1.Probe

name≤
string
ê
portsÜ≤
array∫2
0
.#/definitions/io.k8s.api.core.v1.ContainerPort˙>
x-kubernetes-list-map-keys ["containerPort", "protocol"]
˙"
x-kubernetes-list-type"map"
˙2
x-kubernetes-patch-merge-key"containerPort"
˙)
x-kubernetes-patch-strategy
"merge"

:
readinessProbe(
&#/definitions/io.k8s.api.core.v1.Probe

resizePolicyo≤
array∫:
8
6#/definitions/io.k8s.api.core.v1.ContainerResizePolicy˙%
x-kubernetes-list-type	"atomic"

D
	resources7
5#/definitions/io.k8s.api.core.v1.ResourceRequirements

restartPolicy≤
string
E
securityContext2
0#/definitions/io.k8s.api.core.v1.SecurityContext
8
startupProbe(
&#/definitions/io.k8s.api.core.v1.Probe

stdin≤	
boolean

	stdinOnce≤	
boolean
"
targetContainerName≤
string
%
terminationMessagePath≤
string
'
terminationMessagePolicy≤
string

tty≤	
boolean
Ö
volumeDevicesÛ≤
array∫1
/
-#/definitions/io.k8s.api.core.v1.VolumeDevice˙/
x-kubernetes-list-map-keys["devicePath"]
˙"
x-kubernetes-list-type"map"
˙/
x-kubernetes-patch-merge-key"devicePath"
˙)
x-kubernetes-patch-strategy
"merge"

Å
volumeMounts≤
array∫0
.
,#/definitions/io.k8s.api.core.v1.VolumeMount˙.
x-kubernetes-list-map-keys["mountPath"]
˙"
x-kubernetes-list-type"map"
˙.
x-kubernetes-patch-merge-key"mountPath"
˙)
x-kubernetes-patch-strategy
"merge"



workingDir≤
string
ì
(io.k8s.api.core.v1.EphemeralVolumeSourceg≤
object Y
W
volumeClaimTemplate@
>#/definitions/io.k8s.api.core.v1.PersistentVolumeClaimTemplate
º
io.k8s.api.core.v1.EventüöinvolvedObjectömetadata≤
object ö

action≤
string


apiVersion≤
string

countint32≤	
integer
K
	eventTime>
<#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime
K
firstTimestamp9
7#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Time
D
involvedObject2
0#/definitions/io.k8s.api.core.v1.ObjectReference

kind≤
string
J
lastTimestamp9
7#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Time

message≤
string
K
metadata?
=#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta

reason≤
string
=
related2
0#/definitions/io.k8s.api.core.v1.ObjectReference
!
reportingComponent≤
string
 
reportingInstance≤
string
8
series.
,#/definitions/io.k8s.api.core.v1.EventSeries
8
source.
,#/definitions/io.k8s.api.core.v1.EventSource

type≤
string˙W
x-kubernetes-group-version-kind42[{"group": "", "kind": "Event", "version": "v1"}]

”
io.k8s.api.core.v1.EventList≤öitems≤
object Ω


apiVersion≤
string
@
items7≤
array∫*
(
&#/definitions/io.k8s.api.core.v1.Event

kind≤
string
I
metadata=
;#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta˙[
x-kubernetes-group-version-kind86[{"group": "", "kind": "EventList", "version": "v1"}]

£
io.k8s.api.core.v1.EventSeriesÄ≤
object r

countint32≤	
integer
R
lastObservedTime>
<#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime
_
io.k8s.api.core.v1.EventSource=≤
object /

	component≤
string

host≤
string
~
io.k8s.api.core.v1.ExecAction]≤
object O
M
commandB≤
array∫
≤
string˙%
x-kubernetes-list-type	"atomic"

°
!io.k8s.api.core.v1.FCVolumeSource˚≤
object Ï

fsType≤
string

lunint32≤	
integer

readOnly≤	
boolean
P

targetWWNsB≤
array∫
≤
string˙%
x-kubernetes-list-type	"atomic"

K
wwidsB≤
array∫
≤
string˙%
x-kubernetes-list-type	"atomic"

ˆ
#io.k8s.api.core.v1.FlexVolumeSourceŒödriver≤
object ∂

driver≤
string

fsType≤
string
&
options™
≤
string≤
object

readOnly≤	
boolean
D
	secretRef7
5#/definitions/io.k8s.api.core.v1.LocalObjectReference
p
&io.k8s.api.core.v1.FlockerVolumeSourceF≤
object 8

datasetName≤
string

datasetUUID≤
string
∂
0io.k8s.api.core.v1.GCEPersistentDiskVolumeSourceÅöpdName≤
object j

fsType≤
string
 
	partitionint32≤	
integer

pdName≤
string

readOnly≤	
boolean
k
io.k8s.api.core.v1.GRPCActionJöport≤
object 5

portint32≤	
integer

service≤
string
ì
&io.k8s.api.core.v1.GitRepoVolumeSourceiö
repository≤
object N

	directory≤
string


repository≤
string

revision≤
string
ñ
(io.k8s.api.core.v1.GlusterfsVolumeSourcejö	endpointsöpath≤
object I

	endpoints≤
string

path≤
string

readOnly≤	
boolean
∫
 io.k8s.api.core.v1.HTTPGetActionïöport≤
object ˇ

host≤
string
s
httpHeadersd≤
array∫/
-
+#/definitions/io.k8s.api.core.v1.HTTPHeader˙%
x-kubernetes-list-type	"atomic"


path≤
string
G
port?
=#/definitions/io.k8s.apimachinery.pkg.util.intstr.IntOrString

scheme≤
string
i
io.k8s.api.core.v1.HTTPHeaderHönameövalue≤
object +

name≤
string

value≤
string
ó
io.k8s.api.core.v1.HostAliaswöip≤
object d
O
	hostnamesB≤
array∫
≤
string˙%
x-kubernetes-list-type	"atomic"


ip≤
string
C
io.k8s.api.core.v1.HostIP&öip≤
object 

ip≤
string
j
'io.k8s.api.core.v1.HostPathVolumeSource?öpath≤
object *

path≤
string

type≤
string
Á
$io.k8s.api.core.v1.ISCSIVolumeSourceæöiqnölunötargetPortal≤
object î
!
chapAuthDiscovery≤	
boolean

chapAuthSession≤	
boolean

fsType≤
string

initiatorName≤
string

iqn≤
string

iscsiInterface≤
string

lunint32≤	
integer
M
portalsB≤
array∫
≤
string˙%
x-kubernetes-list-type	"atomic"


readOnly≤	
boolean
D
	secretRef7
5#/definitions/io.k8s.api.core.v1.LocalObjectReference

targetPortal≤
string
k
$io.k8s.api.core.v1.ImageVolumeSourceC≤
object 5


pullPolicy≤
string

	reference≤
string
Å
io.k8s.api.core.v1.KeyToPathaökeyöpath≤
object F

key≤
string

modeint32≤	
integer

path≤
string
Õ
io.k8s.api.core.v1.Lifecycle¨≤
object ù
@
	postStart3
1#/definitions/io.k8s.api.core.v1.LifecycleHandler
>
preStop3
1#/definitions/io.k8s.api.core.v1.LifecycleHandler


stopSignal≤
string
•
#io.k8s.api.core.v1.LifecycleHandler˝≤
object Ó
5
exec-
+#/definitions/io.k8s.api.core.v1.ExecAction
;
httpGet0
.#/definitions/io.k8s.api.core.v1.HTTPGetAction
7
sleep.
,#/definitions/io.k8s.api.core.v1.SleepAction
?
	tcpSocket2
0#/definitions/io.k8s.api.core.v1.TCPSocketAction
ﬂ
%io.k8s.api.core.v1.LinuxContainerUserµögidöuid≤
object ö

gidint64≤	
integer
`
supplementalGroupsJ≤
array∫
int64≤	
integer˙%
x-kubernetes-list-type	"atomic"


uidint64≤	
integer
Ï
&io.k8s.api.core.v1.LoadBalancerIngress¡≤
object ≤

hostname≤
string

ip≤
string

ipMode≤
string
m
portsd≤
array∫/
-
+#/definitions/io.k8s.api.core.v1.PortStatus˙%
x-kubernetes-list-type	"atomic"

≤
%io.k8s.api.core.v1.LoadBalancerStatusà≤
object z
x
ingressm≤
array∫8
6
4#/definitions/io.k8s.api.core.v1.LoadBalancerIngress˙%
x-kubernetes-list-type	"atomic"

u
'io.k8s.api.core.v1.LocalObjectReferenceJ≤
object 

name≤
string˙$
x-kubernetes-map-type	"atomic"

ä
"io.k8s.api.core.v1.NFSVolumeSourcedöpathöserver≤
object F

path≤
string

readOnly≤	
boolean

server≤
string
É
io.k8s.api.core.v1.Namespace‚≤
object ı


apiVersion≤
string

kind≤
string
K
metadata?
=#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta
8
spec0
.#/definitions/io.k8s.api.core.v1.NamespaceSpec
<
status2
0#/definitions/io.k8s.api.core.v1.NamespaceStatus˙[
x-kubernetes-group-version-kind86[{"group": "", "kind": "Namespace", "version": "v1"}]

ı
%io.k8s.api.core.v1.NamespaceConditionÀöstatusötype≤
object ¨
O
lastTransitionTime9
7#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Time

message≤
string

reason≤
string

status≤
string

type≤
string
ﬂ
 io.k8s.api.core.v1.NamespaceList∫öitems≤
object ¡


apiVersion≤
string
D
items;≤
array∫.
,
*#/definitions/io.k8s.api.core.v1.Namespace

kind≤
string
I
metadata=
;#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta˙_
x-kubernetes-group-version-kind<:[{"group": "", "kind": "NamespaceList", "version": "v1"}]

Ñ
 io.k8s.api.core.v1.NamespaceSpec`≤
object R
P

finalizersB≤
array∫
≤
string˙%
x-kubernetes-list-type	"atomic"

À
"io.k8s.api.core.v1.NamespaceStatus§≤
object ï
¸

conditionsÌ≤
array∫7
5
3#/definitions/io.k8s.api.core.v1.NamespaceCondition˙)
x-kubernetes-list-map-keys	["type"]
˙"
x-kubernetes-list-type"map"
˙)
x-kubernetes-patch-merge-key	"type"
˙)
x-kubernetes-patch-strategy
"merge"


phase≤
string
Ô
io.k8s.api.core.v1.Node”≤
object Î


apiVersion≤
string

kind≤
string
K
metadata?
=#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta
3
spec+
)#/definitions/io.k8s.api.core.v1.NodeSpec
7
status-
+#/definitions/io.k8s.api.core.v1.NodeStatus˙V
x-kubernetes-group-version-kind31[{"group": "", "kind": "Node", "version": "v1"}]

n
io.k8s.api.core.v1.NodeAddressLöaddressötype≤
object -

address≤
string

type≤
string
Ω
io.k8s.api.core.v1.NodeAffinityô≤
object ä
§
/preferredDuringSchedulingIgnoredDuringExecutionq≤
array∫<
:
8#/definitions/io.k8s.api.core.v1.PreferredSchedulingTerm˙%
x-kubernetes-list-type	"atomic"

a
.requiredDuringSchedulingIgnoredDuringExecution/
-#/definitions/io.k8s.api.core.v1.NodeSelector
¿
 io.k8s.api.core.v1.NodeConditionõöstatusötype≤
object ¸
N
lastHeartbeatTime9
7#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Time
O
lastTransitionTime9
7#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Time

message≤
string

reason≤
string

status≤
string

type≤
string
Ä
#io.k8s.api.core.v1.NodeConfigSourceY≤
object K
I
	configMap<
:#/definitions/io.k8s.api.core.v1.ConfigMapNodeConfigSource
ì
#io.k8s.api.core.v1.NodeConfigStatusÎ≤
object ‹
=
active3
1#/definitions/io.k8s.api.core.v1.NodeConfigSource
?
assigned3
1#/definitions/io.k8s.api.core.v1.NodeConfigSource

error≤
string
D
lastKnownGood3
1#/definitions/io.k8s.api.core.v1.NodeConfigSource
~
&io.k8s.api.core.v1.NodeDaemonEndpointsT≤
object F
D
kubeletEndpoint1
/#/definitions/io.k8s.api.core.v1.DaemonEndpoint
[
io.k8s.api.core.v1.NodeFeatures8≤
object *
(
supplementalGroupsPolicy≤	
boolean
–
io.k8s.api.core.v1.NodeList∞öitems≤
object º


apiVersion≤
string
?
items6≤
array∫)
'
%#/definitions/io.k8s.api.core.v1.Node

kind≤
string
I
metadata=
;#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta˙Z
x-kubernetes-group-version-kind75[{"group": "", "kind": "NodeList", "version": "v1"}]

ó
%io.k8s.api.core.v1.NodeRuntimeHandlern≤
object `
I
features=
;#/definitions/io.k8s.api.core.v1.NodeRuntimeHandlerFeatures

name≤
string
à
-io.k8s.api.core.v1.NodeRuntimeHandlerFeaturesW≤
object I
'
recursiveReadOnlyMounts≤	
boolean

userNamespaces≤	
boolean
Ô
io.k8s.api.core.v1.NodeSelectorÀönodeSelectorTerms≤
object Å

nodeSelectorTermsj≤
array∫5
3
1#/definitions/io.k8s.api.core.v1.NodeSelectorTerm˙%
x-kubernetes-list-type	"atomic"
˙$
x-kubernetes-map-type	"atomic"

…
*io.k8s.api.core.v1.NodeSelectorRequirementöökeyöoperator≤
object {

key≤
string

operator≤
string
L
valuesB≤
array∫
≤
string˙%
x-kubernetes-list-type	"atomic"

È
#io.k8s.api.core.v1.NodeSelectorTerm¡≤
object ã
Ö
matchExpressionsq≤
array∫<
:
8#/definitions/io.k8s.api.core.v1.NodeSelectorRequirement˙%
x-kubernetes-list-type	"atomic"

Ä
matchFieldsq≤
array∫<
:
8#/definitions/io.k8s.api.core.v1.NodeSelectorRequirement˙%
x-kubernetes-list-type	"atomic"
˙$
x-kubernetes-map-type	"atomic"

≈
io.k8s.api.core.v1.NodeSpec•≤
object ñ
C
configSource3
1#/definitions/io.k8s.api.core.v1.NodeConfigSource


externalID≤
string

podCIDR≤
string
w
podCIDRsk≤
array∫
≤
string˙"
x-kubernetes-list-type"set"
˙)
x-kubernetes-patch-strategy
"merge"



providerID≤
string
i
taints_≤
array∫*
(
&#/definitions/io.k8s.api.core.v1.Taint˙%
x-kubernetes-list-type	"atomic"


unschedulable≤	
boolean
Ω
io.k8s.api.core.v1.NodeStatusõ≤
object å
Ù
	addressesÊ≤
array∫0
.
,#/definitions/io.k8s.api.core.v1.NodeAddress˙)
x-kubernetes-list-map-keys	["type"]
˙"
x-kubernetes-list-type"map"
˙)
x-kubernetes-patch-merge-key	"type"
˙)
x-kubernetes-patch-strategy
"merge"

\
allocatableM™?
=
;#/definitions/io.k8s.apimachinery.pkg.api.resource.Quantity≤
object
Y
capacityM™?
=
;#/definitions/io.k8s.apimachinery.pkg.api.resource.Quantity≤
object
˜

conditionsË≤
array∫2
0
.#/definitions/io.k8s.api.core.v1.NodeCondition˙)
x-kubernetes-list-map-keys	["type"]
˙"
x-kubernetes-list-type"map"
˙)
x-kubernetes-patch-merge-key	"type"
˙)
x-kubernetes-patch-strategy
"merge"

=
config3
1#/definitions/io.k8s.api.core.v1.NodeConfigStatus
I
daemonEndpoints6
4#/definitions/io.k8s.api.core.v1.NodeDaemonEndpoints
;
features/
-#/definitions/io.k8s.api.core.v1.NodeFeatures
r
imagesh≤
array∫3
1
/#/definitions/io.k8s.api.core.v1.ContainerImage˙%
x-kubernetes-list-type	"atomic"

=
nodeInfo1
/#/definitions/io.k8s.api.core.v1.NodeSystemInfo

phase≤
string

runtimeHandlersl≤
array∫7
5
3#/definitions/io.k8s.api.core.v1.NodeRuntimeHandler˙%
x-kubernetes-list-type	"atomic"

{
volumesAttachedh≤
array∫3
1
/#/definitions/io.k8s.api.core.v1.AttachedVolume˙%
x-kubernetes-list-type	"atomic"

R
volumesInUseB≤
array∫
≤
string˙%
x-kubernetes-list-type	"atomic"

T
!io.k8s.api.core.v1.NodeSwapStatus/≤
object !

capacityint64≤	
integer
≤
!io.k8s.api.core.v1.NodeSystemInfoåöarchitectureöbootIDöcontainerRuntimeVersionökernelVersionökubeProxyVersionökubeletVersionö	machineIDöoperatingSystemöosImageö
systemUUID≤
object ‚

architecture≤
string

bootID≤
string
&
containerRuntimeVersion≤
string

kernelVersion≤
string

kubeProxyVersion≤
string

kubeletVersion≤
string

	machineID≤
string

operatingSystem≤
string

osImage≤
string
9
swap1
/#/definitions/io.k8s.api.core.v1.NodeSwapStatus


systemUUID≤
string
†
&io.k8s.api.core.v1.ObjectFieldSelectorvö	fieldPath≤
object 5


apiVersion≤
string

	fieldPath≤
string˙$
x-kubernetes-map-type	"atomic"

ä
"io.k8s.api.core.v1.ObjectReference„≤
object ≠


apiVersion≤
string

	fieldPath≤
string

kind≤
string

name≤
string

	namespace≤
string

resourceVersion≤
string

uid≤
string˙$
x-kubernetes-map-type	"atomic"

∆
,io.k8s.api.core.v1.PersistentVolumeClaimSpecï≤
object Ü
Q
accessModesB≤
array∫
≤
string˙%
x-kubernetes-list-type	"atomic"

J

dataSource<
:#/definitions/io.k8s.api.core.v1.TypedLocalObjectReference
H
dataSourceRef7
5#/definitions/io.k8s.api.core.v1.TypedObjectReference
J
	resources=
;#/definitions/io.k8s.api.core.v1.VolumeResourceRequirements
N
selectorB
@#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector

storageClassName≤
string
(
volumeAttributesClassName≤
string


volumeMode≤
string


volumeName≤
string
ﬁ
0io.k8s.api.core.v1.PersistentVolumeClaimTemplate©öspec≤
object ì
K
metadata?
=#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta
D
spec<
:#/definitions/io.k8s.api.core.v1.PersistentVolumeClaimSpec
Ü
4io.k8s.api.core.v1.PersistentVolumeClaimVolumeSourceNö	claimName≤
object 4

	claimName≤
string

readOnly≤	
boolean
x
3io.k8s.api.core.v1.PhotonPersistentDiskVolumeSourceAöpdID≤
object ,

fsType≤
string

pdID≤
string
Î
io.k8s.api.core.v1.Pod–≤
object È


apiVersion≤
string

kind≤
string
K
metadata?
=#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta
2
spec*
(#/definitions/io.k8s.api.core.v1.PodSpec
6
status,
*#/definitions/io.k8s.api.core.v1.PodStatus˙U
x-kubernetes-group-version-kind20[{"group": "", "kind": "Pod", "version": "v1"}]

˜
io.k8s.api.core.v1.PodAffinity‘≤
object ≈
§
/preferredDuringSchedulingIgnoredDuringExecutionq≤
array∫<
:
8#/definitions/io.k8s.api.core.v1.WeightedPodAffinityTerm˙%
x-kubernetes-list-type	"atomic"

õ
.requiredDuringSchedulingIgnoredDuringExecutioni≤
array∫4
2
0#/definitions/io.k8s.api.core.v1.PodAffinityTerm˙%
x-kubernetes-list-type	"atomic"

è
"io.k8s.api.core.v1.PodAffinityTermËötopologyKey≤
object À
S
labelSelectorB
@#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector
T
matchLabelKeysB≤
array∫
≤
string˙%
x-kubernetes-list-type	"atomic"

W
mismatchLabelKeysB≤
array∫
≤
string˙%
x-kubernetes-list-type	"atomic"

W
namespaceSelectorB
@#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector
P

namespacesB≤
array∫
≤
string˙%
x-kubernetes-list-type	"atomic"


topologyKey≤
string
˚
"io.k8s.api.core.v1.PodAntiAffinity‘≤
object ≈
§
/preferredDuringSchedulingIgnoredDuringExecutionq≤
array∫<
:
8#/definitions/io.k8s.api.core.v1.WeightedPodAffinityTerm˙%
x-kubernetes-list-type	"atomic"

õ
.requiredDuringSchedulingIgnoredDuringExecutioni≤
array∫4
2
0#/definitions/io.k8s.api.core.v1.PodAffinityTerm˙%
x-kubernetes-list-type	"atomic"

Ê
io.k8s.api.core.v1.PodCondition¬östatusötype≤
object £
J
lastProbeTime9
7#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Time
O
lastTransitionTime9
7#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Time

message≤
string
)
observedGenerationint64≤	
integer

reason≤
string

status≤
string

type≤
string
œ
io.k8s.api.core.v1.PodDNSConfig´≤
object ú
Q
nameserversB≤
array∫
≤
string˙%
x-kubernetes-list-type	"atomic"

w
optionsl≤
array∫7
5
3#/definitions/io.k8s.api.core.v1.PodDNSConfigOption˙%
x-kubernetes-list-type	"atomic"

N
searchesB≤
array∫
≤
string˙%
x-kubernetes-list-type	"atomic"

b
%io.k8s.api.core.v1.PodDNSConfigOption9≤
object +

name≤
string

value≤
string
B
io.k8s.api.core.v1.PodIP&öip≤
object 

ip≤
string
Õ
io.k8s.api.core.v1.PodListÆöitems≤
object ª


apiVersion≤
string
>
items5≤
array∫(
&
$#/definitions/io.k8s.api.core.v1.Pod

kind≤
string
I
metadata=
;#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta˙Y
x-kubernetes-group-version-kind64[{"group": "", "kind": "PodList", "version": "v1"}]

F
io.k8s.api.core.v1.PodOS*öname≤
object 

name≤
string
c
#io.k8s.api.core.v1.PodReadinessGate<öconditionType≤
object 

conditionType≤
string
ù
#io.k8s.api.core.v1.PodResourceClaimvöname≤
object a

name≤
string
 
resourceClaimName≤
string
(
resourceClaimTemplateName≤
string
y
)io.k8s.api.core.v1.PodResourceClaimStatusLöname≤
object 7

name≤
string
 
resourceClaimName≤
string
R
$io.k8s.api.core.v1.PodSchedulingGate*öname≤
object 

name≤
string
°
%io.k8s.api.core.v1.PodSecurityContext˜≤
object Ë
E
appArmorProfile2
0#/definitions/io.k8s.api.core.v1.AppArmorProfile

fsGroupint64≤	
integer
"
fsGroupChangePolicy≤
string
!

runAsGroupint64≤	
integer

runAsNonRoot≤	
boolean
 
	runAsUserint64≤	
integer
"
seLinuxChangePolicy≤
string
C
seLinuxOptions1
/#/definitions/io.k8s.api.core.v1.SELinuxOptions
C
seccompProfile1
/#/definitions/io.k8s.api.core.v1.SeccompProfile
`
supplementalGroupsJ≤
array∫
int64≤	
integer˙%
x-kubernetes-list-type	"atomic"

'
supplementalGroupsPolicy≤
string
k
sysctls`≤
array∫+
)
'#/definitions/io.k8s.api.core.v1.Sysctl˙%
x-kubernetes-list-type	"atomic"

R
windowsOptions@
>#/definitions/io.k8s.api.core.v1.WindowsSecurityContextOptions
ö
io.k8s.api.core.v1.PodSpec˚ö
containers≤
object ﬂ
,
activeDeadlineSecondsint64≤	
integer
7
affinity+
)#/definitions/io.k8s.api.core.v1.Affinity
,
automountServiceAccountToken≤	
boolean
Û

containers‰≤
array∫.
,
*#/definitions/io.k8s.api.core.v1.Container˙)
x-kubernetes-list-map-keys	["name"]
˙"
x-kubernetes-list-type"map"
˙)
x-kubernetes-patch-merge-key	"name"
˙)
x-kubernetes-patch-strategy
"merge"

<
	dnsConfig/
-#/definitions/io.k8s.api.core.v1.PodDNSConfig

	dnsPolicy≤
string
"
enableServiceLinks≤	
boolean
Ö
ephemeralContainersÌ≤
array∫7
5
3#/definitions/io.k8s.api.core.v1.EphemeralContainer˙)
x-kubernetes-list-map-keys	["name"]
˙"
x-kubernetes-list-type"map"
˙)
x-kubernetes-patch-merge-key	"name"
˙)
x-kubernetes-patch-strategy
"merge"


hostAliases‡≤
array∫.
,
*#/definitions/io.k8s.api.core.v1.HostAlias˙'
x-kubernetes-list-map-keys	["ip"]
˙"
x-kubernetes-list-type"map"
˙'
x-kubernetes-patch-merge-key"ip"
˙)
x-kubernetes-patch-strategy
"merge"


hostIPC≤	
boolean

hostNetwork≤	
boolean

hostPID≤	
boolean

	hostUsers≤	
boolean

hostname≤
string
Ñ
imagePullSecretsÔ≤
array∫9
7
5#/definitions/io.k8s.api.core.v1.LocalObjectReference˙)
x-kubernetes-list-map-keys	["name"]
˙"
x-kubernetes-list-type"map"
˙)
x-kubernetes-patch-merge-key	"name"
˙)
x-kubernetes-patch-strategy
"merge"

˜
initContainers‰≤
array∫.
,
*#/definitions/io.k8s.api.core.v1.Container˙)
x-kubernetes-list-map-keys	["name"]
˙"
x-kubernetes-list-type"map"
˙)
x-kubernetes-patch-merge-key	"name"
˙)
x-kubernetes-patch-strategy
"merge"


nodeName≤
string
R
nodeSelectorB™
≤
string≤
object˙$
x-kubernetes-map-type	"atomic"

.
os(
&#/definitions/io.k8s.api.core.v1.PodOS
Y
overheadM™?
=
;#/definitions/io.k8s.apimachinery.pkg.api.resource.Quantity≤
object

preemptionPolicy≤
string

priorityint32≤	
integer
 
priorityClassName≤
string
|
readinessGatesj≤
array∫5
3
1#/definitions/io.k8s.api.core.v1.PodReadinessGate˙%
x-kubernetes-list-type	"atomic"

â
resourceClaimsˆ≤
array∫5
3
1#/definitions/io.k8s.api.core.v1.PodResourceClaim˙)
x-kubernetes-list-map-keys	["name"]
˙"
x-kubernetes-list-type"map"
˙)
x-kubernetes-patch-merge-key	"name"
˙4
x-kubernetes-patch-strategy"merge,retainKeys"

D
	resources7
5#/definitions/io.k8s.api.core.v1.ResourceRequirements

restartPolicy≤
string

runtimeClassName≤
string

schedulerName≤
string
Ä
schedulingGatesÏ≤
array∫6
4
2#/definitions/io.k8s.api.core.v1.PodSchedulingGate˙)
x-kubernetes-list-map-keys	["name"]
˙"
x-kubernetes-list-type"map"
˙)
x-kubernetes-patch-merge-key	"name"
˙)
x-kubernetes-patch-strategy
"merge"

H
securityContext5
3#/definitions/io.k8s.api.core.v1.PodSecurityContext

serviceAccount≤
string
!
serviceAccountName≤
string
!
setHostnameAsFQDN≤	
boolean
%
shareProcessNamespace≤	
boolean

	subdomain≤
string
4
terminationGracePeriodSecondsint64≤	
integer
s
tolerationsd≤
array∫/
-
+#/definitions/io.k8s.api.core.v1.Toleration˙%
x-kubernetes-list-type	"atomic"

¥
topologySpreadConstraintsñ≤
array∫=
;
9#/definitions/io.k8s.api.core.v1.TopologySpreadConstraint˙E
x-kubernetes-list-map-keys'%["topologyKey", "whenUnsatisfiable"]
˙"
x-kubernetes-list-type"map"
˙0
x-kubernetes-patch-merge-key"topologyKey"
˙)
x-kubernetes-patch-strategy
"merge"

¯
volumesÏ≤
array∫+
)
'#/definitions/io.k8s.api.core.v1.Volume˙)
x-kubernetes-list-map-keys	["name"]
˙"
x-kubernetes-list-type"map"
˙)
x-kubernetes-patch-merge-key	"name"
˙4
x-kubernetes-patch-strategy"merge,retainKeys"

∑
io.k8s.api.core.v1.PodStatusñ≤
object á
ˆ

conditionsÁ≤
array∫1
/
-#/definitions/io.k8s.api.core.v1.PodCondition˙)
x-kubernetes-list-map-keys	["type"]
˙"
x-kubernetes-list-type"map"
˙)
x-kubernetes-patch-merge-key	"type"
˙)
x-kubernetes-patch-strategy
"merge"

~
containerStatusesi≤
array∫4
2
0#/definitions/io.k8s.api.core.v1.ContainerStatus˙%
x-kubernetes-list-type	"atomic"

á
ephemeralContainerStatusesi≤
array∫4
2
0#/definitions/io.k8s.api.core.v1.ContainerStatus˙%
x-kubernetes-list-type	"atomic"


hostIP≤
string
¬
hostIPs∂≤
array∫+
)
'#/definitions/io.k8s.api.core.v1.HostIP˙%
x-kubernetes-list-type	"atomic"
˙'
x-kubernetes-patch-merge-key"ip"
˙)
x-kubernetes-patch-strategy
"merge"

Ç
initContainerStatusesi≤
array∫4
2
0#/definitions/io.k8s.api.core.v1.ContainerStatus˙%
x-kubernetes-list-type	"atomic"


message≤
string
 
nominatedNodeName≤
string
)
observedGenerationint64≤	
integer

phase≤
string

podIP≤
string
Á
podIPs‹≤
array∫*
(
&#/definitions/io.k8s.api.core.v1.PodIP˙'
x-kubernetes-list-map-keys	["ip"]
˙"
x-kubernetes-list-type"map"
˙'
x-kubernetes-patch-merge-key"ip"
˙)
x-kubernetes-patch-strategy
"merge"


qosClass≤
string

reason≤
string

resize≤
string
ñ
resourceClaimStatuses¸≤
array∫;
9
7#/definitions/io.k8s.api.core.v1.PodResourceClaimStatus˙)
x-kubernetes-list-map-keys	["name"]
˙"
x-kubernetes-list-type"map"
˙)
x-kubernetes-patch-merge-key	"name"
˙4
x-kubernetes-patch-strategy"merge,retainKeys"

F
	startTime9
7#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Time
∑
"io.k8s.api.core.v1.PodTemplateSpecê≤
object Å
K
metadata?
=#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta
2
spec*
(#/definitions/io.k8s.api.core.v1.PodSpec
ç
io.k8s.api.core.v1.PortStatuslöportöprotocol≤
object L

error≤
string

portint32≤	
integer

protocol≤
string
é
'io.k8s.api.core.v1.PortworxVolumeSourcecövolumeID≤
object J

fsType≤
string

readOnly≤	
boolean

volumeID≤
string
µ
*io.k8s.api.core.v1.PreferredSchedulingTermÜö
preferenceöweight≤
object b
A

preference3
1#/definitions/io.k8s.api.core.v1.NodeSelectorTerm

weightint32≤	
integer
ô
io.k8s.api.core.v1.Probe¸≤
object Ì
5
exec-
+#/definitions/io.k8s.api.core.v1.ExecAction
'
failureThresholdint32≤	
integer
5
grpc-
+#/definitions/io.k8s.api.core.v1.GRPCAction
;
httpGet0
.#/definitions/io.k8s.api.core.v1.HTTPGetAction
*
initialDelaySecondsint32≤	
integer
$
periodSecondsint32≤	
integer
'
successThresholdint32≤	
integer
?
	tcpSocket2
0#/definitions/io.k8s.api.core.v1.TCPSocketAction
4
terminationGracePeriodSecondsint64≤	
integer
%
timeoutSecondsint32≤	
integer
◊
(io.k8s.api.core.v1.ProjectedVolumeSource™≤
object õ
"
defaultModeint32≤	
integer
u
sourcesj≤
array∫5
3
1#/definitions/io.k8s.api.core.v1.VolumeProjection˙%
x-kubernetes-list-type	"atomic"

⁄
&io.k8s.api.core.v1.QuobyteVolumeSourceØöregistryövolume≤
object å

group≤
string

readOnly≤	
boolean

registry≤
string

tenant≤
string

user≤
string

volume≤
string
Ë
"io.k8s.api.core.v1.RBDVolumeSource¡öimageömonitors≤
object ü

fsType≤
string

image≤
string

keyring≤
string
N
monitorsB≤
array∫
≤
string˙%
x-kubernetes-list-type	"atomic"


pool≤
string

readOnly≤	
boolean
D
	secretRef7
5#/definitions/io.k8s.api.core.v1.LocalObjectReference

user≤
string
≥
(io.k8s.api.core.v1.ReplicationControllerÜ≤
object ç


apiVersion≤
string

kind≤
string
K
metadata?
=#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta
D
spec<
:#/definitions/io.k8s.api.core.v1.ReplicationControllerSpec
H
status>
<#/definitions/io.k8s.api.core.v1.ReplicationControllerStatus˙g
x-kubernetes-group-version-kindDB[{"group": "", "kind": "ReplicationController", "version": "v1"}]

Å
1io.k8s.api.core.v1.ReplicationControllerConditionÀöstatusötype≤
object ¨
O
lastTransitionTime9
7#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Time

message≤
string

reason≤
string

status≤
string

type≤
string
É
,io.k8s.api.core.v1.ReplicationControllerList“öitems≤
object Õ


apiVersion≤
string
P
itemsG≤
array∫:
8
6#/definitions/io.k8s.api.core.v1.ReplicationController

kind≤
string
I
metadata=
;#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta˙k
x-kubernetes-group-version-kindHF[{"group": "", "kind": "ReplicationControllerList", "version": "v1"}]

ô
,io.k8s.api.core.v1.ReplicationControllerSpecË≤
object Ÿ
&
minReadySecondsint32≤	
integer

replicasint32≤	
integer
N
selectorB™
≤
string≤
object˙$
x-kubernetes-map-type	"atomic"

>
template2
0#/definitions/io.k8s.api.core.v1.PodTemplateSpec
°
.io.k8s.api.core.v1.ReplicationControllerStatusÓöreplicas≤
object ‘
(
availableReplicasint32≤	
integer
à

conditions˘≤
array∫C
A
?#/definitions/io.k8s.api.core.v1.ReplicationControllerCondition˙)
x-kubernetes-list-map-keys	["type"]
˙"
x-kubernetes-list-type"map"
˙)
x-kubernetes-patch-merge-key	"type"
˙)
x-kubernetes-patch-strategy
"merge"

+
fullyLabeledReplicasint32≤	
integer
)
observedGenerationint64≤	
integer
$
readyReplicasint32≤	
integer

replicasint32≤	
integer
f
 io.k8s.api.core.v1.ResourceClaimBöname≤
object -

name≤
string

request≤
string
Ô
(io.k8s.api.core.v1.ResourceFieldSelector¬öresource≤
object Å

containerName≤
string
H
divisor=
;#/definitions/io.k8s.apimachinery.pkg.api.resource.Quantity

resource≤
string˙$
x-kubernetes-map-type	"atomic"

r
!io.k8s.api.core.v1.ResourceHealthMö
resourceID≤
object 2

health≤
string


resourceID≤
string
ç
'io.k8s.api.core.v1.ResourceRequirements·≤
object “
õ
claimsê≤
array∫2
0
.#/definitions/io.k8s.api.core.v1.ResourceClaim˙)
x-kubernetes-list-map-keys	["name"]
˙"
x-kubernetes-list-type"map"

W
limitsM™?
=
;#/definitions/io.k8s.apimachinery.pkg.api.resource.Quantity≤
object
Y
requestsM™?
=
;#/definitions/io.k8s.apimachinery.pkg.api.resource.Quantity≤
object
˘
!io.k8s.api.core.v1.ResourceStatus”öname≤
object Ω

name≤
string
•
	resourcesó≤
array∫3
1
/#/definitions/io.k8s.api.core.v1.ResourceHealth˙/
x-kubernetes-list-map-keys["resourceID"]
˙"
x-kubernetes-list-type"map"

à
!io.k8s.api.core.v1.SELinuxOptionsc≤
object U

level≤
string

role≤
string

type≤
string

user≤
string
è
&io.k8s.api.core.v1.ScaleIOVolumeSource‰ögatewayö	secretRefösystem≤
object ∂

fsType≤
string

gateway≤
string

protectionDomain≤
string

readOnly≤	
boolean
D
	secretRef7
5#/definitions/io.k8s.api.core.v1.LocalObjectReference


sslEnabled≤	
boolean

storageMode≤
string

storagePool≤
string

system≤
string


volumeName≤
string
p
!io.k8s.api.core.v1.SeccompProfileKötype≤
object 6

localhostProfile≤
string

type≤
string
ã
io.k8s.api.core.v1.SecretÌ≤
object É


apiVersion≤
string
)
data!™
byte≤
string≤
object

	immutable≤	
boolean

kind≤
string
K
metadata?
=#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta
)

stringData™
≤
string≤
object

type≤
string˙X
x-kubernetes-group-version-kind53[{"group": "", "kind": "Secret", "version": "v1"}]

c
"io.k8s.api.core.v1.SecretEnvSource=≤
object /

name≤
string

optional≤	
boolean
¶
$io.k8s.api.core.v1.SecretKeySelector~ökey≤
object C

key≤
string

name≤
string

optional≤	
boolean˙$
x-kubernetes-map-type	"atomic"

÷
io.k8s.api.core.v1.SecretList¥öitems≤
object æ


apiVersion≤
string
A
items8≤
array∫+
)
'#/definitions/io.k8s.api.core.v1.Secret

kind≤
string
I
metadata=
;#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta˙\
x-kubernetes-group-version-kind97[{"group": "", "kind": "SecretList", "version": "v1"}]

‘
#io.k8s.api.core.v1.SecretProjection¨≤
object ù
l
itemsc≤
array∫.
,
*#/definitions/io.k8s.api.core.v1.KeyToPath˙%
x-kubernetes-list-type	"atomic"


name≤
string

optional≤	
boolean
Ä
%io.k8s.api.core.v1.SecretVolumeSource÷≤
object «
"
defaultModeint32≤	
integer
l
itemsc≤
array∫.
,
*#/definitions/io.k8s.api.core.v1.KeyToPath˙%
x-kubernetes-list-type	"atomic"


optional≤	
boolean


secretName≤
string
á
"io.k8s.api.core.v1.SecurityContext‡≤
object —
(
allowPrivilegeEscalation≤	
boolean
E
appArmorProfile2
0#/definitions/io.k8s.api.core.v1.AppArmorProfile
?
capabilities/
-#/definitions/io.k8s.api.core.v1.Capabilities


privileged≤	
boolean

	procMount≤
string
&
readOnlyRootFilesystem≤	
boolean
!

runAsGroupint64≤	
integer

runAsNonRoot≤	
boolean
 
	runAsUserint64≤	
integer
C
seLinuxOptions1
/#/definitions/io.k8s.api.core.v1.SELinuxOptions
C
seccompProfile1
/#/definitions/io.k8s.api.core.v1.SeccompProfile
R
windowsOptions@
>#/definitions/io.k8s.api.core.v1.WindowsSecurityContextOptions
˚
io.k8s.api.core.v1.Service‹≤
object Ò


apiVersion≤
string

kind≤
string
K
metadata?
=#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta
6
spec.
,#/definitions/io.k8s.api.core.v1.ServiceSpec
:
status0
.#/definitions/io.k8s.api.core.v1.ServiceStatus˙Y
x-kubernetes-group-version-kind64[{"group": "", "kind": "Service", "version": "v1"}]

¡
!io.k8s.api.core.v1.ServiceAccountõ≤
object ©


apiVersion≤
string
,
automountServiceAccountToken≤	
boolean
Ç
imagePullSecretsn≤
array∫9
7
5#/definitions/io.k8s.api.core.v1.LocalObjectReference˙%
x-kubernetes-list-type	"atomic"


kind≤
string
K
metadata?
=#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta
ˆ
secretsÍ≤
array∫4
2
0#/definitions/io.k8s.api.core.v1.ObjectReference˙)
x-kubernetes-list-map-keys	["name"]
˙"
x-kubernetes-list-type"map"
˙)
x-kubernetes-patch-merge-key	"name"
˙)
x-kubernetes-patch-strategy
"merge"
˙`
x-kubernetes-group-version-kind=;[{"group": "", "kind": "ServiceAccount", "version": "v1"}]

Ó
%io.k8s.api.core.v1.ServiceAccountListƒöitems≤
object ∆


apiVersion≤
string
I
items@≤
array∫3
1
/#/definitions/io.k8s.api.core.v1.ServiceAccount

kind≤
string
I
metadata=
;#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta˙d
x-kubernetes-group-version-kindA?[{"group": "", "kind": "ServiceAccountList", "version": "v1"}]

°
0io.k8s.api.core.v1.ServiceAccountTokenProjectionmöpath≤
object X

audience≤
string
(
expirationSecondsint64≤	
integer

path≤
string
Ÿ
io.k8s.api.core.v1.ServiceList∂öitems≤
object ø


apiVersion≤
string
B
items9≤
array∫,
*
(#/definitions/io.k8s.api.core.v1.Service

kind≤
string
I
metadata=
;#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta˙]
x-kubernetes-group-version-kind:8[{"group": "", "kind": "ServiceList", "version": "v1"}]

ê
io.k8s.api.core.v1.ServicePortÌöport≤
object ◊

appProtocol≤
string

name≤
string

nodePortint32≤	
integer

portint32≤	
integer

protocol≤
string
M

targetPort?
=#/definitions/io.k8s.apimachinery.pkg.util.intstr.IntOrString
Ï	
io.k8s.api.core.v1.ServiceSpec…	≤
object ∫	
-
allocateLoadBalancerNodePorts≤	
boolean

	clusterIP≤
string
P

clusterIPsB≤
array∫
≤
string˙%
x-kubernetes-list-type	"atomic"

Q
externalIPsB≤
array∫
≤
string˙%
x-kubernetes-list-type	"atomic"


externalName≤
string
$
externalTrafficPolicy≤
string
*
healthCheckNodePortint32≤	
integer
$
internalTrafficPolicy≤
string
P

ipFamiliesB≤
array∫
≤
string˙%
x-kubernetes-list-type	"atomic"


ipFamilyPolicy≤
string
 
loadBalancerClass≤
string

loadBalancerIP≤
string
^
loadBalancerSourceRangesB≤
array∫
≤
string˙%
x-kubernetes-list-type	"atomic"

¸
portsÚ≤
array∫0
.
,#/definitions/io.k8s.api.core.v1.ServicePort˙5
x-kubernetes-list-map-keys["port", "protocol"]
˙"
x-kubernetes-list-type"map"
˙)
x-kubernetes-patch-merge-key	"port"
˙)
x-kubernetes-patch-strategy
"merge"

(
publishNotReadyAddresses≤	
boolean
N
selectorB™
≤
string≤
object˙$
x-kubernetes-map-type	"atomic"


sessionAffinity≤
string
Q
sessionAffinityConfig8
6#/definitions/io.k8s.api.core.v1.SessionAffinityConfig
"
trafficDistribution≤
string

type≤
string
É
 io.k8s.api.core.v1.ServiceStatusﬁ≤
object œ
Ö

conditionsˆ≤
array∫@
>
<#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Condition˙)
x-kubernetes-list-map-keys	["type"]
˙"
x-kubernetes-list-type"map"
˙)
x-kubernetes-patch-merge-key	"type"
˙)
x-kubernetes-patch-strategy
"merge"

E
loadBalancer5
3#/definitions/io.k8s.api.core.v1.LoadBalancerStatus
y
(io.k8s.api.core.v1.SessionAffinityConfigM≤
object ?
=
clientIP1
/#/definitions/io.k8s.api.core.v1.ClientIPConfig
Z
io.k8s.api.core.v1.SleepAction8öseconds≤
object  

secondsint64≤	
integer
Ó
(io.k8s.api.core.v1.StorageOSVolumeSource¡≤
object ≤

fsType≤
string

readOnly≤	
boolean
D
	secretRef7
5#/definitions/io.k8s.api.core.v1.LocalObjectReference


volumeName≤
string

volumeNamespace≤
string
e
io.k8s.api.core.v1.SysctlHönameövalue≤
object +

name≤
string

value≤
string
ô
"io.k8s.api.core.v1.TCPSocketActionsöport≤
object ^

host≤
string
G
port?
=#/definitions/io.k8s.apimachinery.pkg.util.intstr.IntOrString
ƒ
io.k8s.api.core.v1.Taintßöeffectökey≤
object â

effect≤
string

key≤
string
F
	timeAdded9
7#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Time

value≤
string
µ
io.k8s.api.core.v1.Tolerationì≤
object Ñ

effect≤
string

key≤
string

operator≤
string
(
tolerationSecondsint64≤	
integer

value≤
string
€
+io.k8s.api.core.v1.TopologySpreadConstraint´ömaxSkewötopologyKeyöwhenUnsatisfiable≤
object 
S
labelSelectorB
@#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector
T
matchLabelKeysB≤
array∫
≤
string˙%
x-kubernetes-list-type	"atomic"


maxSkewint32≤	
integer
!

minDomainsint32≤	
integer
!
nodeAffinityPolicy≤
string

nodeTaintsPolicy≤
string

topologyKey≤
string
 
whenUnsatisfiable≤
string
∑
,io.k8s.api.core.v1.TypedLocalObjectReferenceÜökindöname≤
object C

apiGroup≤
string

kind≤
string

name≤
string˙$
x-kubernetes-map-type	"atomic"

§
'io.k8s.api.core.v1.TypedObjectReferenceyökindöname≤
object ]

apiGroup≤
string

kind≤
string

name≤
string

	namespace≤
string
ò
io.k8s.api.core.v1.Volume˙öname≤
object ‰
[
awsElasticBlockStoreC
A#/definitions/io.k8s.api.core.v1.AWSElasticBlockStoreVolumeSource
E
	azureDisk8
6#/definitions/io.k8s.api.core.v1.AzureDiskVolumeSource
E
	azureFile8
6#/definitions/io.k8s.api.core.v1.AzureFileVolumeSource
?
cephfs5
3#/definitions/io.k8s.api.core.v1.CephFSVolumeSource
?
cinder5
3#/definitions/io.k8s.api.core.v1.CinderVolumeSource
E
	configMap8
6#/definitions/io.k8s.api.core.v1.ConfigMapVolumeSource
9
csi2
0#/definitions/io.k8s.api.core.v1.CSIVolumeSource
I
downwardAPI:
8#/definitions/io.k8s.api.core.v1.DownwardAPIVolumeSource
C
emptyDir7
5#/definitions/io.k8s.api.core.v1.EmptyDirVolumeSource
E
	ephemeral8
6#/definitions/io.k8s.api.core.v1.EphemeralVolumeSource
7
fc1
/#/definitions/io.k8s.api.core.v1.FCVolumeSource
A

flexVolume3
1#/definitions/io.k8s.api.core.v1.FlexVolumeSource
A
flocker6
4#/definitions/io.k8s.api.core.v1.FlockerVolumeSource
U
gcePersistentDisk@
>#/definitions/io.k8s.api.core.v1.GCEPersistentDiskVolumeSource
A
gitRepo6
4#/definitions/io.k8s.api.core.v1.GitRepoVolumeSource
E
	glusterfs8
6#/definitions/io.k8s.api.core.v1.GlusterfsVolumeSource
C
hostPath7
5#/definitions/io.k8s.api.core.v1.HostPathVolumeSource
=
image4
2#/definitions/io.k8s.api.core.v1.ImageVolumeSource
=
iscsi4
2#/definitions/io.k8s.api.core.v1.ISCSIVolumeSource

name≤
string
9
nfs2
0#/definitions/io.k8s.api.core.v1.NFSVolumeSource
]
persistentVolumeClaimD
B#/definitions/io.k8s.api.core.v1.PersistentVolumeClaimVolumeSource
[
photonPersistentDiskC
A#/definitions/io.k8s.api.core.v1.PhotonPersistentDiskVolumeSource
I
portworxVolume7
5#/definitions/io.k8s.api.core.v1.PortworxVolumeSource
E
	projected8
6#/definitions/io.k8s.api.core.v1.ProjectedVolumeSource
A
quobyte6
4#/definitions/io.k8s.api.core.v1.QuobyteVolumeSource
9
rbd2
0#/definitions/io.k8s.api.core.v1.RBDVolumeSource
A
scaleIO6
4#/definitions/io.k8s.api.core.v1.ScaleIOVolumeSource
?
secret5
3#/definitions/io.k8s.api.core.v1.SecretVolumeSource
E
	storageos8
6#/definitions/io.k8s.api.core.v1.StorageOSVolumeSource
R
vsphereVolumeA
?#/definitions/io.k8s.api.core.v1.VsphereVirtualDiskVolumeSource
u
io.k8s.api.core.v1.VolumeDeviceRö
devicePathöname≤
object 0


devicePath≤
string

name≤
string
Ö
io.k8s.api.core.v1.VolumeMount‚ö	mountPathöname≤
object ¿

	mountPath≤
string

mountPropagation≤
string

name≤
string

readOnly≤	
boolean
 
recursiveReadOnly≤
string

subPath≤
string

subPathExpr≤
string
µ
$io.k8s.api.core.v1.VolumeMountStatusåö	mountPathöname≤
object k

	mountPath≤
string

name≤
string

readOnly≤	
boolean
 
recursiveReadOnly≤
string
¥
#io.k8s.api.core.v1.VolumeProjectionå≤
object ˝
U
clusterTrustBundle?
=#/definitions/io.k8s.api.core.v1.ClusterTrustBundleProjection
C
	configMap6
4#/definitions/io.k8s.api.core.v1.ConfigMapProjection
G
downwardAPI8
6#/definitions/io.k8s.api.core.v1.DownwardAPIProjection
=
secret3
1#/definitions/io.k8s.api.core.v1.SecretProjection
W
serviceAccountToken@
>#/definitions/io.k8s.api.core.v1.ServiceAccountTokenProjection
ı
-io.k8s.api.core.v1.VolumeResourceRequirements√≤
object ¥
W
limitsM™?
=
;#/definitions/io.k8s.apimachinery.pkg.api.resource.Quantity≤
object
Y
requestsM™?
=
;#/definitions/io.k8s.apimachinery.pkg.api.resource.Quantity≤
object
≈
1io.k8s.api.core.v1.VsphereVirtualDiskVolumeSourceèö
volumePath≤
object t

fsType≤
string

storagePolicyID≤
string
 
storagePolicyName≤
string


volumePath≤
string
æ
*io.k8s.api.core.v1.WeightedPodAffinityTermèöpodAffinityTermöweight≤
object f
E
podAffinityTerm2
0#/definitions/io.k8s.api.core.v1.PodAffinityTerm

weightint32≤	
integer
…
0io.k8s.api.core.v1.WindowsSecurityContextOptionsî≤
object Ö
!
gmsaCredentialSpec≤
string
%
gmsaCredentialSpecName≤
string

hostProcess≤	
boolean

runAsUserName≤
string
”
 io.k8s.api.discovery.v1.EndpointÆö	addresses≤
object ì
L
	addresses?≤
array∫
≤
string˙"
x-kubernetes-list-type"set"

H

conditions:
8#/definitions/io.k8s.api.discovery.v1.EndpointConditions
1
deprecatedTopology™
≤
string≤
object
>
hints5
3#/definitions/io.k8s.api.discovery.v1.EndpointHints

hostname≤
string

nodeName≤
string
?
	targetRef2
0#/definitions/io.k8s.api.core.v1.ObjectReference

zone≤
string
â
*io.k8s.api.discovery.v1.EndpointConditions[≤
object M

ready≤	
boolean

serving≤	
boolean

terminating≤	
boolean
°
%io.k8s.api.discovery.v1.EndpointHints˜≤
object Ë
r
forNodesf≤
array∫1
/
-#/definitions/io.k8s.api.discovery.v1.ForNode˙%
x-kubernetes-list-type	"atomic"

r
forZonesf≤
array∫1
/
-#/definitions/io.k8s.api.discovery.v1.ForZone˙%
x-kubernetes-list-type	"atomic"

≈
$io.k8s.api.discovery.v1.EndpointPortú≤
object g

appProtocol≤
string

name≤
string

portint32≤	
integer

protocol≤
string˙$
x-kubernetes-map-type	"atomic"

 
%io.k8s.api.discovery.v1.EndpointSlice†öaddressTypeö	endpoints≤
object Ö

addressType≤
string


apiVersion≤
string
t
	endpointsg≤
array∫2
0
.#/definitions/io.k8s.api.discovery.v1.Endpoint˙%
x-kubernetes-list-type	"atomic"


kind≤
string
K
metadata?
=#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta
t
portsk≤
array∫6
4
2#/definitions/io.k8s.api.discovery.v1.EndpointPort˙%
x-kubernetes-list-type	"atomic"
˙o
x-kubernetes-group-version-kindLJ[{"group": "discovery.k8s.io", "kind": "EndpointSlice", "version": "v1"}]

Ö
)io.k8s.api.discovery.v1.EndpointSliceList◊öitems≤
object  


apiVersion≤
string
M
itemsD≤
array∫7
5
3#/definitions/io.k8s.api.discovery.v1.EndpointSlice

kind≤
string
I
metadata=
;#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta˙s
x-kubernetes-group-version-kindPN[{"group": "discovery.k8s.io", "kind": "EndpointSliceList", "version": "v1"}]

M
io.k8s.api.discovery.v1.ForNode*öname≤
object 

name≤
string
M
io.k8s.api.discovery.v1.ForZone*öname≤
object 

name≤
string
ﬁ
io.k8s.api.events.v1.Eventøö	eventTime≤
object Ω

action≤
string


apiVersion≤
string
&
deprecatedCountint32≤	
integer
U
deprecatedFirstTimestamp9
7#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Time
T
deprecatedLastTimestamp9
7#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Time
B
deprecatedSource.
,#/definitions/io.k8s.api.core.v1.EventSource
K
	eventTime>
<#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime

kind≤
string
K
metadata?
=#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta

note≤
string

reason≤
string
?
	regarding2
0#/definitions/io.k8s.api.core.v1.ObjectReference
=
related2
0#/definitions/io.k8s.api.core.v1.ObjectReference
"
reportingController≤
string
 
reportingInstance≤
string
:
series0
.#/definitions/io.k8s.api.events.v1.EventSeries

type≤
string˙d
x-kubernetes-group-version-kindA?[{"group": "events.k8s.io", "kind": "Event", "version": "v1"}]

‰
io.k8s.api.events.v1.EventList¡öitems≤
object ø


apiVersion≤
string
B
items9≤
array∫,
*
(#/definitions/io.k8s.api.events.v1.Event

kind≤
string
I
metadata=
;#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta˙h
x-kubernetes-group-version-kindEC[{"group": "events.k8s.io", "kind": "EventList", "version": "v1"}]

¿
 io.k8s.api.events.v1.EventSeriesõöcountölastObservedTime≤
object r

countint32≤	
integer
R
lastObservedTime>
<#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime
Ê
io.k8s.api.policy.v1.Evictionƒ≤
object “


apiVersion≤
string
S
deleteOptionsB
@#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions

kind≤
string
K
metadata?
=#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta˙`
x-kubernetes-group-version-kind=;[{"group": "policy", "kind": "Eviction", "version": "v1"}]

¨
&io.k8s.api.scheduling.v1.PriorityClassÅövalue≤
object ˜


apiVersion≤
string

description≤
string

globalDefault≤	
boolean

kind≤
string
K
metadata?
=#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta

preemptionPolicy≤
string

valueint32≤	
integer˙p
x-kubernetes-group-version-kindMK[{"group": "scheduling.k8s.io", "kind": "PriorityClass", "version": "v1"}]

à
*io.k8s.api.scheduling.v1.PriorityClassListŸöitems≤
object À


apiVersion≤
string
N
itemsE≤
array∫8
6
4#/definitions/io.k8s.api.scheduling.v1.PriorityClass

kind≤
string
I
metadata=
;#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta˙t
x-kubernetes-group-version-kindQO[{"group": "scheduling.k8s.io", "kind": "PriorityClassList", "version": "v1"}]

<
-io.k8s.apimachinery.pkg.api.resource.Quantity≤
string
ì
-io.k8s.apimachinery.pkg.apis.meta.v1.APIGroup·önameöversions≤
object „


apiVersion≤
string

kind≤
string

name≤
string
a
preferredVersionM
K#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.GroupVersionForDiscovery
§
serverAddressByClientCIDRsÖ≤
array∫P
N
L#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ServerAddressByClientCIDR˙%
x-kubernetes-list-type	"atomic"

ë
versionsÑ≤
array∫O
M
K#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.GroupVersionForDiscovery˙%
x-kubernetes-list-type	"atomic"
˙Z
x-kubernetes-group-version-kind75[{"group": "", "kind": "APIGroup", "version": "v1"}]

ﬂ
1io.k8s.apimachinery.pkg.apis.meta.v1.APIGroupList©ögroups≤
object ∞


apiVersion≤
string
~
groupst≤
array∫?
=
;#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.APIGroup˙%
x-kubernetes-list-type	"atomic"


kind≤
string˙^
x-kubernetes-group-version-kind;9[{"group": "", "kind": "APIGroupList", "version": "v1"}]

Û
0io.k8s.apimachinery.pkg.apis.meta.v1.APIResourceæökindönameö
namespacedösingularNameöverbs≤
object ˝
P

categoriesB≤
array∫
≤
string˙%
x-kubernetes-list-type	"atomic"


group≤
string

kind≤
string

name≤
string


namespaced≤	
boolean
P

shortNamesB≤
array∫
≤
string˙%
x-kubernetes-list-type	"atomic"


singularName≤
string
!
storageVersionHash≤
string
#
verbs≤
array∫
≤
string

version≤
string
õ
4io.k8s.apimachinery.pkg.apis.meta.v1.APIResourceList‚ögroupVersionö	resources≤
object ‘


apiVersion≤
string

groupVersion≤
string

kind≤
string
Ñ
	resourcesw≤
array∫B
@
>#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.APIResource˙%
x-kubernetes-list-type	"atomic"
˙a
x-kubernetes-group-version-kind><[{"group": "", "kind": "APIResourceList", "version": "v1"}]

Û
0io.k8s.apimachinery.pkg.apis.meta.v1.APIVersionsæöserverAddressByClientCIDRsöversions≤
object ß


apiVersion≤
string

kind≤
string
§
serverAddressByClientCIDRsÖ≤
array∫P
N
L#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ServerAddressByClientCIDR˙%
x-kubernetes-list-type	"atomic"

N
versionsB≤
array∫
≤
string˙%
x-kubernetes-list-type	"atomic"
˙]
x-kubernetes-group-version-kind:8[{"group": "", "kind": "APIVersions", "version": "v1"}]

—
.io.k8s.apimachinery.pkg.apis.meta.v1.ConditionûölastTransitionTimeömessageöreasonöstatusötype≤
object ◊
O
lastTransitionTime9
7#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Time

message≤
string
)
observedGenerationint64≤	
integer

reason≤
string

status≤
string

type≤
string
¨
2io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptionsı≤
object Ñ


apiVersion≤
string
L
dryRunB≤
array∫
≤
string˙%
x-kubernetes-list-type	"atomic"

)
gracePeriodSecondsint64≤	
integer
@
0ignoreStoreReadErrorWithClusterBreakingPotential≤	
boolean

kind≤
string
 
orphanDependents≤	
boolean
S
preconditionsB
@#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Preconditions
 
propagationPolicy≤
string˙_
x-kubernetes-group-version-kind<:[{"group": "", "kind": "DeleteOptions", "version": "v1"}]

<
-io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1≤
object
ù
=io.k8s.apimachinery.pkg.apis.meta.v1.GroupVersionForDiscovery\ögroupVersionöversion≤
object 5

groupVersion≤
string

version≤
string
µ
2io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector˛≤
object »
ô
matchExpressionsÑ≤
array∫O
M
K#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelectorRequirement˙%
x-kubernetes-list-type	"atomic"

*
matchLabels™
≤
string≤
object˙$
x-kubernetes-map-type	"atomic"

‹
=io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelectorRequirementöökeyöoperator≤
object {

key≤
string

operator≤
string
L
valuesB≤
array∫
≤
string˙%
x-kubernetes-list-type	"atomic"

Ω
-io.k8s.apimachinery.pkg.apis.meta.v1.ListMetaã≤
object }

continue≤
string
)
remainingItemCountint64≤	
integer

resourceVersion≤
string

selfLink≤
string
›
7io.k8s.apimachinery.pkg.apis.meta.v1.ManagedFieldsEntry°≤
object í


apiVersion≤
string


fieldsType≤
string
I
fieldsV1=
;#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1

manager≤
string

	operation≤
string

subresource≤
string
A
time9
7#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Time
H
.io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime	date-time≤
string
¬
/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMetaé≤
object ˇ
*
annotations™
≤
string≤
object
N
creationTimestamp9
7#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Time
1
deletionGracePeriodSecondsint64≤	
integer
N
deletionTimestamp9
7#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Time
y

finalizersk≤
array∫
≤
string˙"
x-kubernetes-list-type"set"
˙)
x-kubernetes-patch-strategy
"merge"


generateName≤
string
!

generationint64≤	
integer
%
labels™
≤
string≤
object
è
managedFields~≤
array∫I
G
E#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ManagedFieldsEntry˙%
x-kubernetes-list-type	"atomic"


name≤
string

	namespace≤
string
ç
ownerReferences˘≤
array∫E
C
A#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.OwnerReference˙(
x-kubernetes-list-map-keys
["uid"]
˙"
x-kubernetes-list-type"map"
˙(
x-kubernetes-patch-merge-key"uid"
˙)
x-kubernetes-patch-strategy
"merge"


resourceVersion≤
string

selfLink≤
string

uid≤
string
®
3io.k8s.apimachinery.pkg.apis.meta.v1.OwnerReferenceö
apiVersionökindönameöuid≤
object ô


apiVersion≤
string
"
blockOwnerDeletion≤	
boolean


controller≤	
boolean

kind≤
string

name≤
string

uid≤
string˙$
x-kubernetes-map-type	"atomic"

9
*io.k8s.apimachinery.pkg.apis.meta.v1.Patch≤
object
x
2io.k8s.apimachinery.pkg.apis.meta.v1.PreconditionsB≤
object 4

resourceVersion≤
string

uid≤
string
¶
>io.k8s.apimachinery.pkg.apis.meta.v1.ServerAddressByClientCIDRdö
clientCIDRöserverAddress≤
object 9


clientCIDR≤
string

serverAddress≤
string
Ó
+io.k8s.apimachinery.pkg.apis.meta.v1.Statusæ≤
object ‘


apiVersion≤
string

codeint32≤	
integer
t
detailsi
@#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.StatusDetails˙$
x-kubernetes-map-type	"atomic"


kind≤
string

message≤
string
I
metadata=
;#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta

reason≤
string

status≤
string˙X
x-kubernetes-group-version-kind53[{"group": "", "kind": "Status", "version": "v1"}]

á
0io.k8s.apimachinery.pkg.apis.meta.v1.StatusCauseS≤
object E

field≤
string

message≤
string

reason≤
string
»
2io.k8s.apimachinery.pkg.apis.meta.v1.StatusDetailsë≤
object Ç
Å
causesw≤
array∫B
@
>#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.StatusCause˙%
x-kubernetes-list-type	"atomic"


group≤
string

kind≤
string

name≤
string
(
retryAfterSecondsint32≤	
integer

uid≤
string
C
)io.k8s.apimachinery.pkg.apis.meta.v1.Time	date-time≤
string
M
/io.k8s.apimachinery.pkg.util.intstr.IntOrStringint-or-string≤
string